package com.comfydeploy.client;

import org.springframework.beans.factory.DisposableBean;

/**
 * The operations that all views come from, and the only ones to close what they share.
 */
final class ClosingSessionOperations extends DefaultSessionOperations implements DisposableBean {

	private final Runnable close;

	ClosingSessionOperations(SessionCaller caller, ReadinessPoller poller, JsonCodec json, CallSettings settings,
			Runnable close) {
		super(caller, poller, json, settings);
		this.close = close;
	}

	@Override
	public void destroy() {
		this.close.run();
	}

}

package com.comfydeploy.client;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.machine.MachineOperations;

/**
 * The operations that all views come from, and the only ones to close what they share.
 */
class DefaultSessionClient extends DefaultSessionOperations implements SessionClient, DisposableBean {

	private final MachineOperations machines;

	private final Runnable close;

	DefaultSessionClient(CallExecutor caller, ReadinessPoller poller, JsonCodec json, CallSettings settings,
			Runnable close) {
		super(caller, poller, json, settings);
		this.machines = new DefaultMachineOperations(caller, json, settings);
		this.close = close;
	}

	@Override
	public MachineOperations machines() {
		return this.machines;
	}

	@Override
	public void close() {
		this.close.run();
	}

	@Override
	public void destroy() {
		close();
	}

}

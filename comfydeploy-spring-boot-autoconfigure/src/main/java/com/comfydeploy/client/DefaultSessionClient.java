package com.comfydeploy.client;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.machine.MachineOperations;

/**
 * The operations of a client. Its views share its connections, and cannot close them.
 */
class DefaultSessionClient extends DefaultSessionOperations implements SessionClient, DisposableBean {

	private final MachineOperations machines;

	private final Runnable close;

	DefaultSessionClient(CallExecutor executor, ReadinessPoller poller, JsonCodec json, CallSettings settings,
			Runnable close) {
		super(executor, poller, json, settings);
		this.machines = new DefaultMachineOperations(executor, json, settings);
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

package com.comfydeploy.client;

import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.SessionOperations;

/**
 * Client of ComfyDeploy: the operations on sessions and machines, which share connections
 * until the client is closed.
 *
 * @see SessionOperationsBuilder#build()
 */
public interface SessionClient extends SessionOperations, AutoCloseable {

	/**
	 * Return the operations on machines, with the settings of this client.
	 * @return the operations, usable until this client is closed
	 */
	MachineOperations machines();

	/**
	 * Close the connections. A call in progress, and every later call, fails with a
	 * {@link com.comfydeploy.error.ComfyDeployTransportException}. If the client is
	 * already closed, this method has no effect.
	 */
	@Override
	void close();

}

package com.comfydeploy.client;

import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.SessionOperations;

/**
 * A client of ComfyDeploy: the operations on sessions, and on machines over the same
 * connections, which it holds until it is closed.
 *
 * @see SessionOperationsBuilder#build()
 */
public interface SessionClient extends SessionOperations, AutoCloseable {

	/**
	 * Return the operations on machines, with the settings of this client.
	 * @return the operations, which end with this client
	 */
	MachineOperations machines();

	/**
	 * Close the connections. A call under way ends with a
	 * {@link com.comfydeploy.error.ComfyDeployTransportException}, and so does every
	 * later one. Closing again does nothing.
	 */
	@Override
	void close();

}

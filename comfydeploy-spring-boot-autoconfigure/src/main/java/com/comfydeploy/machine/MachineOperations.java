package com.comfydeploy.machine;

import java.util.List;
import java.util.Optional;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.session.CreateSessionRequest;

/**
 * The operations on ComfyDeploy machines. They only read, so failures are retried like
 * those of {@link com.comfydeploy.session.SessionOperations#get(String)}. An
 * implementation can be used from any number of threads.
 * <p>
 * All but {@link #prices()} need the API key of a user or an organisation: with a
 * machine's own key they are a {@link ComfyDeployApiException.Forbidden}.
 *
 * @see CreateSessionRequest#forMachine(com.comfydeploy.session.SessionHost)
 */
public interface MachineOperations {

	/**
	 * List the machines of the organisation, or of the user without one, that are not
	 * deleted and not made for a workspace. Each page of 100 is a request. A machine that
	 * is changed while pages are read may be missing, but none is in the list twice.
	 * @return an immutable list, the latest change first, possibly empty
	 * @throws ComfyDeployException if a request fails
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET /machines</a>
	 */
	List<Machine> list();

	/**
	 * Find the machine with a name, among those of {@link #list()}.
	 * @param name the whole name, case-sensitive
	 * @return the machine, or empty if there is none
	 * @throws IllegalArgumentException if the name is blank
	 * @throws IllegalStateException if several machines have the name; the message has
	 * their ids
	 * @throws ComfyDeployException if a request fails
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /machines?search=</a>
	 */
	Optional<Machine> findByName(String name);

	/**
	 * Get a machine.
	 * @param machineId the machine's id
	 * @return the machine
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if there is no such machine, or no longer
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /machine/{machine_id}</a>
	 */
	Machine get(String machineId);

	/**
	 * List the GPUs that started on a machine in the last 24 hours, also those that have
	 * ended, and sessions that no list has. Missing are sessions that have not started,
	 * those that started earlier, and dynamic sessions without a machine.
	 * @param machineId the machine's id
	 * @return an immutable list, the latest first, empty if there is no such machine
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployException if the call fails
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /machine/{machine_id}/events</a>
	 */
	List<GpuEvent> events(String machineId);

	/**
	 * List the prices of GPUs.
	 * @return an immutable list in the server's order
	 * @throws ComfyDeployException if the call fails
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /platform/gpu-pricing</a>
	 */
	List<GpuPrice> prices();

}

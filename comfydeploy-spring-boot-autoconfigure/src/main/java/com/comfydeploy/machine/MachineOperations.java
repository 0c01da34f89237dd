package com.comfydeploy.machine;

import java.util.List;
import java.util.Optional;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.session.CreateSessionRequest;

/**
 * Operations on ComfyDeploy machines. They only read data, so failures are retried like
 * those of {@link com.comfydeploy.session.SessionOperations#get(String)}. Implementations
 * must be thread-safe.
 * <p>
 * All operations except {@link #prices()} need the API key of a user or an organization.
 * With the API key of a machine they throw {@link ComfyDeployApiException.Forbidden}.
 *
 * @see CreateSessionRequest#forMachine(com.comfydeploy.session.SessionHost)
 */
public interface MachineOperations {

	/**
	 * List the machines of the organization, or of the user if there is no organization.
	 * The list omits deleted machines and machines of a workspace. The client sends one
	 * request for each page of 100 machines. If a machine changes between two of these
	 * requests, it may be missing from the result. Each machine is contained at most
	 * once.
	 * @return an immutable list, the most recently changed machine first, possibly empty
	 * @throws ComfyDeployException if a request fails
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET /machines</a>
	 */
	List<Machine> list();

	/**
	 * Find a machine by its name, among those that {@link #list()} returns.
	 * @param name the complete name, case-sensitive
	 * @return the machine, or empty if there is none
	 * @throws IllegalArgumentException if the name is blank
	 * @throws IllegalStateException if several machines have the name; the message
	 * contains their ids
	 * @throws ComfyDeployException if a request fails
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /machines?search=</a>
	 */
	Optional<Machine> findByName(String name);

	/**
	 * Get a machine.
	 * @param machineId the id of the machine
	 * @return the machine
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if the machine does not exist or was
	 * deleted
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /machine/{machine_id}</a>
	 */
	Machine get(String machineId);

	/**
	 * List the GPU events of a machine, one for each container that started in the last
	 * 24 hours. The result includes containers that have ended, and the containers of
	 * sessions that lists omit. It does not include sessions without a container,
	 * containers that started earlier, and the containers of dynamic sessions without a
	 * machine.
	 * @param machineId the id of the machine
	 * @return an immutable list, the most recent start first, empty if the machine does
	 * not exist
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployException if the call fails
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /machine/{machine_id}/events</a>
	 */
	List<GpuEvent> events(String machineId);

	/**
	 * List the prices of GPUs.
	 * @return an immutable list in the order of the server
	 * @throws ComfyDeployException if the call fails
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /platform/gpu-pricing</a>
	 */
	List<GpuPrice> prices();

}

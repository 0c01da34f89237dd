package com.comfydeploy.comfyui;

/**
 * Finds the ComfyUI of a session. An implementation can be used from any number of
 * threads. It needs no token, and never sends one.
 *
 * <pre class="code">
 * try (SessionLease lease = leases.open(CreateSessionRequest.forMachine(machineId).build())) {
 *     ComfyUi comfyUi = comfyUis.at(lease.url());
 *     ComfyUiResult result = comfyUi.run(workflow, Duration.ofMinutes(5));
 *     byte[] picture = comfyUi.read(result.file());
 * }
 * </pre>
 *
 * @see ComfyUisBuilder
 */
public interface ComfyUis {

	/**
	 * Return the ComfyUI at a session's url. If a lease has this url, nothing is
	 * submitted and no wait goes on once the lease has ended.
	 * @param url the url of a session or lease, {@code http} or {@code https}
	 * @return the ComfyUI
	 * @throws IllegalArgumentException if it is no such url, or has user info, a query or
	 * a fragment; the message does not have it
	 */
	ComfyUi at(String url);

	/**
	 * Return the ComfyUI at a session's url, with a check of the session.
	 * @param url the url of a session or lease, {@code http} or {@code https}
	 * @param check asked before a workflow is submitted, before each poll of a wait, and
	 * before a call fails for a reason that a lost session may have
	 * @return the ComfyUI
	 * @throws IllegalArgumentException if it is no such url, or has user info, a query or
	 * a fragment; the message does not have it
	 */
	ComfyUi at(String url, SessionCheck check);

}

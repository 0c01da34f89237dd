package com.comfydeploy.comfyui;

/**
 * Access to the ComfyUI of a session. Implementations must be thread-safe. They do not
 * need a token, and never send one.
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
	 * Return the ComfyUI at a session's URL. If a lease has this URL, submitting and
	 * waiting fail as soon as the lease has ended.
	 * @param url the URL of a session or lease, {@code http} or {@code https}
	 * @return the ComfyUI
	 * @throws IllegalArgumentException if the URL is invalid, or has user info, a query
	 * or a fragment; the message does not contain the URL
	 */
	ComfyUi at(String url);

	/**
	 * Return the ComfyUI at a session's URL, with a check of the session.
	 * @param url the URL of a session or lease, {@code http} or {@code https}
	 * @param check the check; {@link SessionCheck} describes when its methods are called
	 * @return the ComfyUI
	 * @throws IllegalArgumentException if the URL is invalid, or has user info, a query
	 * or a fragment; the message does not contain the URL
	 * @throws UnsupportedOperationException if a custom implementation does not support
	 * checks
	 */
	default ComfyUi at(String url, SessionCheck check) {
		throw new UnsupportedOperationException("This ComfyUis cannot check sessions");
	}

}

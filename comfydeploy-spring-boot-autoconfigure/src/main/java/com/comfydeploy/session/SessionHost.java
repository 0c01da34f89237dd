package com.comfydeploy.session;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * A machine that a session can be created on, and what is known of it.
 *
 * @see CreateSessionRequest#forMachine(SessionHost)
 */
public interface SessionHost {

	/**
	 * Return the machine's id.
	 * @return the id
	 */
	String id();

	/**
	 * Return the machine's name.
	 * @return the name
	 */
	String name();

	/**
	 * Return the kind of GPU that sessions have unless they ask for another.
	 * @return the GPU, or {@code null} if the machine has none of its own
	 */
	@Nullable Gpu gpu();

	/**
	 * Return why no session can be created on the machine.
	 * @return the reason, or empty if there is none
	 */
	Optional<String> sessionObstacle();

}

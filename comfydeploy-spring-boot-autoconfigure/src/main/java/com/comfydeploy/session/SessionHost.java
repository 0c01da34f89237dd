package com.comfydeploy.session;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Machine on which sessions are created.
 *
 * @see CreateSessionRequest#forMachine(SessionHost)
 */
public interface SessionHost {

	/**
	 * Return the id of the machine.
	 * @return the machine id
	 */
	String id();

	/**
	 * Return the name of the machine.
	 * @return the name
	 */
	String name();

	/**
	 * Return the default GPU of sessions on this machine.
	 * @return the GPU, or {@code null} if the machine has none
	 */
	@Nullable Gpu gpu();

	/**
	 * Return the reason why the machine does not support sessions.
	 * @return the reason, or empty if it supports sessions
	 */
	Optional<String> sessionObstacle();

}

package com.comfydeploy.client;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/**
 * {@link Observation.Context} of one call, including its retries.
 */
public class SessionObservationContext extends Observation.Context {

	private final String operation;

	private @Nullable Integer statusCode;

	/**
	 * Create a context.
	 * @param operation the operation, such as {@code create}
	 */
	public SessionObservationContext(String operation) {
		this.operation = operation;
	}

	/**
	 * Return the operation.
	 * @return the operation, such as {@code create}
	 */
	public String getOperation() {
		return this.operation;
	}

	/**
	 * Return the HTTP status code of the last attempt.
	 * @return the status code, or {@code null} if there was no response
	 */
	public @Nullable Integer getStatusCode() {
		return this.statusCode;
	}

	void setStatusCode(@Nullable Integer statusCode) {
		this.statusCode = statusCode;
	}

}

package com.comfydeploy.client;

import org.jspecify.annotations.Nullable;

/**
 * The outcome of a call. A success whose body could not be read is {@link #UNKNOWN}. A
 * 404 that is not thrown, the result of a find or of a repeated cancel, is
 * {@link #SUCCESS}; any other error response keeps its outcome.
 */
enum Outcome {

	SUCCESS, REDIRECTION, CLIENT_ERROR, SERVER_ERROR, UNKNOWN;

	static Outcome of(@Nullable Integer statusCode, @Nullable Throwable error) {
		if (statusCode == null) {
			return UNKNOWN;
		}
		if (error == null && statusCode == 404) {
			return SUCCESS;
		}
		return switch (statusCode / 100) {
			case 2 -> (error != null) ? UNKNOWN : SUCCESS;
			case 3 -> REDIRECTION;
			case 4 -> CLIENT_ERROR;
			case 5 -> SERVER_ERROR;
			default -> UNKNOWN;
		};
	}

}

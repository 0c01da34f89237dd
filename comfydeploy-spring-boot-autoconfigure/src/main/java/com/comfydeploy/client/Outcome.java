package com.comfydeploy.client;

import org.jspecify.annotations.Nullable;

/**
 * How a call ended, for its caller. A failed call with a success status, whose body could
 * not be read, is {@link #UNKNOWN}; one that the caller takes for a success, such as the
 * 404 to a repeated cancel, is {@link #SUCCESS}.
 */
enum Outcome {

	SUCCESS, REDIRECTION, CLIENT_ERROR, SERVER_ERROR, UNKNOWN;

	static Outcome of(@Nullable Integer statusCode, @Nullable Throwable error) {
		if (statusCode == null) {
			return UNKNOWN;
		}
		if (error == null) {
			return SUCCESS;
		}
		return switch (statusCode / 100) {
			case 3 -> REDIRECTION;
			case 4 -> CLIENT_ERROR;
			case 5 -> SERVER_ERROR;
			default -> UNKNOWN;
		};
	}

}

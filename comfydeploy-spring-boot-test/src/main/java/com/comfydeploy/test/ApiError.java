package com.comfydeploy.test;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Response of the server that is not a success.
 */
@SuppressWarnings("serial")
final class ApiError extends RuntimeException {

	private final int statusCode;

	private final @Nullable Object detail;

	/**
	 * Create an error.
	 * @param detail the detail of FastAPI, or {@code null} for the text of an unhandled
	 * failure
	 */
	ApiError(int statusCode, @Nullable Object detail) {
		super(null, null, false, false);
		this.statusCode = statusCode;
		this.detail = detail;
	}

	static ApiError internal() {
		return new ApiError(500, null);
	}

	FakeResponse toResponse() {
		return (this.detail != null) ? FakeResponse.json(this.statusCode, Map.of("detail", this.detail))
				: FakeResponse.text(this.statusCode, "Internal Server Error");
	}

}

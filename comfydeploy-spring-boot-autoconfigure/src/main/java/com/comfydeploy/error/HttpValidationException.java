package com.comfydeploy.error;

import java.util.List;

/**
 * Thrown for status 422: the body, path or query of a request is invalid.
 */
public class HttpValidationException extends ComfyDeployApiException {

	private final List<ValidationError> errors;

	/**
	 * Create an exception for a response.
	 * @param response the response
	 */
	public HttpValidationException(ApiErrorResponse response) {
		this(response, ErrorBody.parse(response.body()));
	}

	private HttpValidationException(ApiErrorResponse response, ErrorBody body) {
		super(response, body);
		this.errors = body.errors();
	}

	/**
	 * Return the errors that the server found in the request.
	 * @return an immutable list, empty if the response does not list errors
	 */
	public List<ValidationError> getErrors() {
		return this.errors;
	}

}

package com.comfydeploy.error;

import java.util.List;

/**
 * The body, path or query of a request did not validate (422).
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
	 * Return what the server found wrong.
	 * @return an immutable list, empty if the response does not name single errors
	 */
	public List<ValidationError> getErrors() {
		return this.errors;
	}

}

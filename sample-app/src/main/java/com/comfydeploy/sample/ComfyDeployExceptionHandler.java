package com.comfydeploy.sample;

import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.error.SessionNotReadyException;

/**
 * Converts failures of ComfyDeploy calls to problem details.
 */
@RestControllerAdvice
class ComfyDeployExceptionHandler {

	@ExceptionHandler
	ProblemDetail handle(HttpValidationException ex) {
		ProblemDetail problem = problem(HttpStatus.UNPROCESSABLE_CONTENT, ex);
		problem.setProperty("errors", ex.getErrors());
		return problem;
	}

	@ExceptionHandler
	ProblemDetail handle(ComfyDeployApiException.NotFound ex) {
		return problem(HttpStatus.NOT_FOUND, ex);
	}

	@ExceptionHandler
	ProblemDetail handle(SessionNotReadyException ex) {
		return problem(HttpStatus.GATEWAY_TIMEOUT, ex);
	}

	@ExceptionHandler
	ProblemDetail handle(ComfyDeployException ex) {
		return problem(HttpStatus.BAD_GATEWAY, ex);
	}

	@ExceptionHandler
	ProblemDetail handle(IllegalArgumentException ex) {
		return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, String.valueOf(ex.getMessage()));
	}

	private static ProblemDetail problem(HttpStatus status, ComfyDeployException ex) {
		ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, String.valueOf(ex.getMessage()));
		problem.setProperty("operation", ex.getOperation());
		problem.setProperty("attempts", ex.getAttempts());
		problem.setProperty("outcomeUnknown", ex.isOutcomeUnknown());
		if (ex instanceof ComfyDeployApiException apiException) {
			problem.setProperty("upstreamStatus", apiException.getStatusCode());
			problem.setProperty("reason", apiException.getDetail());
		}
		return problem;
	}

}

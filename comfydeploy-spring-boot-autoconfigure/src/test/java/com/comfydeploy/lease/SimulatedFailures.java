package com.comfydeploy.lease;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;

/**
 * Failures of calls that a test can request.
 */
interface SimulatedFailures {

	/** No failure. */
	Failure NONE = (operation, call) -> call.get();

	/** Nothing was sent. */
	Failure REFUSED = (operation, call) -> {
		throw new ComfyDeployTransportException("connection refused", new ConnectException("refused"), operation, 1,
				false);
	};

	/** The call is carried out, and its outcome is unknown. */
	Failure RESPONSE_LOST = (operation, call) -> {
		call.get();
		throw new ComfyDeployTransportException("connection reset", null, operation, 1, isCostly(operation));
	};

	/** The call is not carried out, and its outcome is unknown. */
	Failure REQUEST_LOST = (operation, call) -> {
		throw new ComfyDeployTransportException("connection reset", null, operation, 1, isCostly(operation));
	};

	/**
	 * Failure with an undeclared checked exception, as a token provider may throw one.
	 */
	Failure UNDECLARED = (operation, call) -> {
		throw SimulatedFailures.<RuntimeException>undeclared(new IOException("no token"));
	};

	@SuppressWarnings("unchecked")
	static <E extends Exception> E undeclared(Exception ex) throws E {
		throw (E) ex;
	}

	static Failure status(int status, String detail) {
		return (operation, call) -> {
			throw exception(operation, status, detail);
		};
	}

	/** The call is carried out, and then fails anyway. */
	static Failure statusAfterwards(int status) {
		return (operation, call) -> {
			call.get();
			throw exception(operation, status, "after all");
		};
	}

	static ComfyDeployException exception(String operation, int status, String detail) {
		return ComfyDeployApiException.of(new ApiErrorResponse(operation, status,
				(status == 429) ? Map.of("Retry-After", List.of("3600")) : Map.of(), "{\"detail\":\"" + detail + "\"}",
				1, isCostly(operation) && status >= 500));
	}

	static boolean isCostly(String operation) {
		return operation.startsWith("create") || operation.equals("increase-timeout");
	}

	/**
	 * Effect on a call.
	 */
	@FunctionalInterface
	interface Failure {

		Object apply(String operation, Supplier<Object> call);

		default Failure afterwards(VirtualTime time, Duration duration) {
			return (operation, call) -> {
				try {
					return apply(operation, call);
				}
				finally {
					time.pass(duration);
				}
			};
		}

	}

	/**
	 * Call that was made.
	 *
	 * @param at when it began
	 * @param readTimeout its timeout, or {@code null} for the client's own
	 * @param retried whether the client may repeat it
	 */
	record Call(String operation, Duration at, Duration readTimeout, boolean retried) {

	}

	/**
	 * Calls that were made.
	 */
	class Calls extends ArrayList<Call> {

		/** Sessions that have not been found ready. */
		final Set<String> starting = new HashSet<>();

		List<Call> of(String operation) {
			return stream().filter((call) -> call.operation().equals(operation)).toList();
		}

	}

}

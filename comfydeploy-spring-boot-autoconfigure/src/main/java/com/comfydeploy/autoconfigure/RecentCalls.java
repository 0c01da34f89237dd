package com.comfydeploy.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.client.CallListener;
import com.comfydeploy.error.ComfyDeployException;

/**
 * Health of ComfyDeploy, derived from the calls of the application. The last call within
 * five minutes determines the status. An error response counts as healthy, because it
 * shows that the server works, unless it rejects the token, or comes from a gateway that
 * cannot reach the server.
 */
class RecentCalls implements CallListener {

	static final Duration WINDOW = Duration.ofMinutes(5);

	/** Statuses of a gateway that cannot reach the server. */
	private static final Set<Integer> GATEWAY_ERRORS = Set.of(502, 503, 504);

	private final Clock clock;

	private volatile @Nullable Result latest;

	private volatile @Nullable Instant lastSuccess;

	RecentCalls(Clock clock) {
		this.clock = clock;
	}

	@Override
	public void onCall(Call call) {
		Instant now = this.clock.instant();
		Throwable failure = call.failure();
		if (failure == null) {
			this.lastSuccess = now;
		}
		else if (Thread.currentThread().isInterrupted()
				|| (!call.clientToken() && Integer.valueOf(401).equals(call.statusCode()))) {
			return; // Does not concern the server, or the token of the client
		}
		this.latest = new Result(now, call, problem(call));
	}

	private static @Nullable String problem(Call call) {
		Integer status = call.statusCode();
		if (call.failure() == null) {
			return null;
		}
		if (status == null) {
			return (call.failure() instanceof ComfyDeployException) ? "ComfyDeploy is not reachable"
					: "No request was sent: " + call.failure().getClass().getSimpleName();
		}
		if (status == 401) {
			return "The token was rejected";
		}
		if (GATEWAY_ERRORS.contains(status)) {
			return "The gateway cannot reach ComfyDeploy";
		}
		return (status < 300) ? "The response does not come from ComfyDeploy" : null;
	}

	Health health() {
		Map<String, Object> details = new LinkedHashMap<>();
		Instant success = this.lastSuccess;
		if (success != null) {
			details.put("lastSuccess", success.toString());
		}
		Result latest = this.latest;
		if (latest == null || latest.time().plus(WINDOW).isBefore(this.clock.instant())) {
			details.put("reason", "No call in the last 5 minutes");
			return new Health("UNKNOWN", details);
		}
		details.put("lastCall", latest.time().toString());
		details.put("operation", latest.call().operation());
		if (latest.call().statusCode() != null) {
			details.put("status", latest.call().statusCode());
		}
		if (latest.problem() == null) {
			return new Health("UP", details);
		}
		details.put("reason", latest.problem());
		return new Health("DEGRADED", details);
	}

	/**
	 * Health, independent of the types of a Spring Boot line.
	 *
	 * @param status the code of the status. Spring Boot does not order {@code DEGRADED},
	 * and so omits it from the aggregate status of the application
	 * @param details the details, without the token or a URL
	 */
	record Health(String status, Map<String, Object> details) {

	}

	/**
	 * Result of a call.
	 *
	 * @param time the end of the call
	 * @param call the call
	 * @param problem the reason why ComfyDeploy cannot be used, or {@code null} if there
	 * is none
	 */
	private record Result(Instant time, Call call, @Nullable String problem) {

	}

}

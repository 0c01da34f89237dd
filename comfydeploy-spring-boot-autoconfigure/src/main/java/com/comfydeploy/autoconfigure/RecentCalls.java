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
 * Derives the health of ComfyDeploy from the calls that the application makes anyway. The
 * latest call of the last five minutes decides: an error response to a valid token shows
 * that the server works, as a success does.
 */
class RecentCalls implements CallListener {

	static final Duration WINDOW = Duration.ofMinutes(5);

	/** What answers is a gateway whose server is not reachable. */
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
			return; // says nothing about the server, or about the client's token
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
			return "ComfyDeploy is not reachable behind its gateway";
		}
		return (status < 300) ? "What answers is not ComfyDeploy" : null;
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
	 * The health, in no type of a Spring Boot line.
	 *
	 * @param status the code of a status. {@code DEGRADED} is none of those that Spring
	 * Boot orders, and so left out of the application's aggregate
	 * @param details what to show of it; never the token or a url
	 */
	record Health(String status, Map<String, Object> details) {

	}

	/**
	 * A call with what it shows.
	 *
	 * @param time when it ended
	 * @param call the call
	 * @param problem why ComfyDeploy cannot be used, or {@code null} if it can
	 */
	private record Result(Instant time, Call call, @Nullable String problem) {

	}

}

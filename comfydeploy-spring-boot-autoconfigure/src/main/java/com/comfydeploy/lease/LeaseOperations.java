package com.comfydeploy.lease;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.LeaseEvidence.Outcome;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionOperations;

/**
 * The calls that a lease makes for its session, and the evidence in their responses and
 * failures. The lease repeats its calls itself, with a short timeout: the retries and the
 * timeout of the client could take longer than the remaining time.
 */
final class LeaseOperations {

	private static final Duration SHORTEST = Duration.ofSeconds(2);

	/** FastAPI's detail for an unknown path. */
	private static final String NO_ROUTE = "Not Found";

	/** The server has closed a session whose container it does not know. */
	private static final String NO_CONTAINER = "Modal function id not found";

	private final SessionOperations holding;

	private final SessionOperations closing;

	private final SessionOperations logging;

	private final boolean adopted;

	private LeaseOperations(SessionOperations holding, SessionOperations closing, SessionOperations logging,
			boolean adopted) {
		this.holding = holding;
		this.closing = closing;
		this.logging = logging;
		this.adopted = adopted;
	}

	/**
	 * Create operations.
	 * @param adopted whether the session existed before the lease: its creation time is
	 * then not the start of the lease
	 */
	static LeaseOperations of(SessionOperations operations, ResolvedLeaseOptions options, Duration readTimeout,
			boolean adopted) {
		return new LeaseOperations(bounded(operations, options.renewBefore().dividedBy(12), readTimeout),
				bounded(operations, options.closeTimeout().dividedBy(4), readTimeout),
				bounded(operations, SHORTEST, readTimeout), adopted);
	}

	private static SessionOperations bounded(SessionOperations operations, Duration timeout, Duration readTimeout) {
		return operations.with(CallOptions.builder()
			.retry(RetrySettings.none())
			.readTimeout(Durations.min(Durations.max(timeout, SHORTEST), readTimeout))
			.build());
	}

	LeaseEvidence poll(String sessionId, boolean closing) {
		try {
			Optional<Session> found = (closing ? this.closing : this.holding).find(sessionId);
			if (found.isEmpty()) {
				return new LeaseEvidence.Gone();
			}
			Session session = found.get();
			return new LeaseEvidence.Found(session.url(), this.adopted ? null : session.createdAt(),
					session.timeoutEnd(), session.gpu());
		}
		catch (Throwable ex) {
			ComfyDeployApiException response = response(ex);
			if (response != null && response.getStatusCode() == 404 && isOfTheApi(response)) {
				return new LeaseEvidence.Gone();
			}
			return new LeaseEvidence.PollFailed(ex, isPermanent(ex, response));
		}
	}

	LeaseEvidence extend(String sessionId, Duration by) {
		try {
			this.holding.increaseTimeout(sessionId, by);
			return new LeaseEvidence.Extended(by);
		}
		catch (Throwable ex) {
			return new LeaseEvidence.ExtensionFailed(by, ex, outcomeOfExtension(ex), retryAfter(ex));
		}
	}

	LeaseEvidence cancel(String sessionId) {
		try {
			return this.closing.cancel(sessionId) ? new LeaseEvidence.CancelAccepted()
					: new LeaseEvidence.CancelRefused();
		}
		catch (Throwable ex) {
			ComfyDeployApiException response = response(ex);
			if (response != null && response.getStatusCode() == 400 && NO_CONTAINER.equals(response.getDetail())) {
				return new LeaseEvidence.CancelRefused();
			}
			return new LeaseEvidence.CancelFailed(ex, outcomeOfCancel(ex, response));
		}
	}

	/**
	 * Return whether the lease did not create the session.
	 */
	boolean isAdopted() {
		return this.adopted;
	}

	/**
	 * Begin to read the log of a session. Unlike the other methods, this method throws
	 * the exception of the call.
	 */
	SessionLog streamLog(String sessionId) {
		return this.logging.streamLog(sessionId);
	}

	/**
	 * Return whether another poll would fail too. A 404 that does not come from the API
	 * itself proves nothing: a gateway sent it, or the path is wrong.
	 */
	private static boolean isPermanent(Throwable failure, @Nullable ComfyDeployApiException response) {
		if (response == null) {
			return !(failure instanceof ComfyDeployException);
		}
		int status = response.getStatusCode();
		return status >= 400 && status < 500 && status != 404 && status != 408 && status != 425 && status != 429;
	}

	/**
	 * Return whether a create that failed may have been carried out. An exception of the
	 * application says nothing about the outcome, except for a wrong argument.
	 */
	static boolean isOutcomeUnknown(Throwable failure) {
		return !(failure instanceof IllegalArgumentException)
				&& (!(failure instanceof ComfyDeployException ex) || ex.isOutcomeUnknown());
	}

	/**
	 * Return the outcome of an extension. An exception of the application says nothing
	 * about it.
	 */
	private static Outcome outcomeOfExtension(Throwable failure) {
		ComfyDeployApiException response = response(failure);
		int status = (response != null) ? response.getStatusCode() : 0;
		if (status == 404) {
			return Outcome.NOT_FOUND;
		}
		if (failure instanceof ComfyDeployException ex && !ex.isOutcomeUnknown()) {
			return Outcome.NOT_DONE;
		}
		// The server sends these itself. A gateway may send others while the server still
		// works
		return (status == 500 || status == 503) ? Outcome.UNKNOWN : Outcome.NO_RESPONSE;
	}

	private static Outcome outcomeOfCancel(Throwable failure, @Nullable ComfyDeployApiException response) {
		if (response == null) {
			return wasNotSent(failure) ? Outcome.NOT_DONE : Outcome.NO_RESPONSE;
		}
		int status = response.getStatusCode();
		if (status == 404 && isOfTheApi(response)) {
			return Outcome.NOT_FOUND;
		}
		return (status >= 400 && status < 500 && status != 408) ? Outcome.NOT_DONE : Outcome.NO_RESPONSE;
	}

	/**
	 * Return whether a 404 comes from the API itself, with a detail of its own.
	 */
	private static boolean isOfTheApi(ComfyDeployApiException response) {
		String detail = response.getDetail();
		return detail != null && !detail.isBlank() && !detail.equals(NO_ROUTE);
	}

	private static boolean wasNotSent(Throwable failure) {
		if (failure instanceof ComfyDeployException ex && ex.getAttempts() == 0) {
			return true;
		}
		for (Throwable t = failure; t != null; t = t.getCause()) {
			if (t instanceof ConnectException || t instanceof UnknownHostException
					|| t instanceof NoRouteToHostException) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Return how long the server asks to wait.
	 */
	private static Duration retryAfter(Throwable failure) {
		ComfyDeployApiException response = response(failure);
		Duration retryAfter = (response != null) ? response.getRetryAfter() : null;
		return (retryAfter != null) ? retryAfter : Duration.ZERO;
	}

	/** Search the causes: the application may translate exceptions into its own. */
	private static @Nullable ComfyDeployApiException response(Throwable failure) {
		for (Throwable t = failure; t != null; t = t.getCause()) {
			if (t instanceof ComfyDeployApiException response) {
				return response;
			}
		}
		return null;
	}

}

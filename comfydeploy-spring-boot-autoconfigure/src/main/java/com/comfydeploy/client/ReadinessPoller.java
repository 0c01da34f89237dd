package com.comfydeploy.client;

import java.time.Duration;
import java.util.function.Function;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.SessionNotReadyException;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.session.Session;

/**
 * Polls a session until it is ready, because the server does not send an event.
 */
final class ReadinessPoller {

	private final Sleeper time;

	private final Duration interval;

	ReadinessPoller(Sleeper time, Duration interval) {
		this.time = time;
		this.interval = interval;
	}

	/**
	 * Poll until the session is ready or the timeout has elapsed. The last poll starts
	 * when the timeout has elapsed, and may take as long as the wait before it.
	 * @param getter gets the session before a deadline
	 */
	Session awaitReady(String sessionId, Duration timeout, Function<CallDeadline, Session> getter) {
		CallDeadline deadline = new CallDeadline(this.time, timeout);
		boolean last = false;
		while (true) {
			ComfyDeployException failure = null;
			try {
				Session session = getter.apply(deadline);
				if (session.isReady()) {
					return session;
				}
			}
			catch (ComfyDeployException ex) {
				failure = ex;
			}
			boolean timedOut = last || deadline.hasPassed();
			if (failure != null && (!timedOut || isTerminal(failure))) {
				throw failure;
			}
			if (timedOut) {
				throw new SessionNotReadyException(sessionId, timeout, failure,
						(failure != null) ? failure.getAttempts() : 1);
			}
			Duration wait = Durations.min(deadline.remaining(), this.interval);
			sleep(wait);
			if (deadline.hasPassed()) {
				last = true;
				deadline = new CallDeadline(this.time, wait);
			}
		}
	}

	/** A failure that more time would not have changed. */
	private static boolean isTerminal(ComfyDeployException failure) {
		if (failure instanceof ComfyDeployApiException response) {
			return !AttemptFailure.isTransient(response.getStatusCode());
		}
		return !(failure instanceof ComfyDeployTransportException) || Thread.currentThread().isInterrupted();
	}

	private void sleep(Duration duration) {
		try {
			this.time.sleep(duration);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new ComfyDeployTransportException("interrupted while waiting for the session to be ready", ex,
					Operation.GET.toString(), 0, false);
		}
	}

}

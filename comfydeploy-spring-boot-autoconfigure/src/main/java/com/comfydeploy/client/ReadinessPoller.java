package com.comfydeploy.client;

import java.time.Duration;
import java.util.function.Function;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.SessionNotReadyException;
import com.comfydeploy.session.Session;

/**
 * Waits until a session is ready. There is no event to wait for, so it looks.
 */
final class ReadinessPoller {

	private final TimeSource time;

	private final Duration interval;

	ReadinessPoller(TimeSource time, Duration interval) {
		this.time = time;
		this.interval = interval;
	}

	/**
	 * Look until the session is ready or the time is over. The last look is at the end,
	 * and has as long as the wait before it.
	 * @param look gets the session, given the time for it
	 */
	Session await(String sessionId, Duration timeout, Function<CallDeadline, Session> look) {
		CallDeadline deadline = new CallDeadline(this.time, timeout);
		boolean last = false;
		while (true) {
			ComfyDeployException failure = null;
			try {
				Session session = look.apply(deadline);
				if (session.isReady()) {
					return session;
				}
			}
			catch (ComfyDeployException ex) {
				failure = ex;
			}
			boolean over = last || deadline.hasPassed();
			if (failure != null && (!over || isTerminal(failure))) {
				throw failure;
			}
			if (over) {
				throw new SessionNotReadyException(sessionId, timeout, failure,
						(failure != null) ? failure.getAttempts() : 1);
			}
			Duration left = deadline.left();
			Duration wait = (left.compareTo(this.interval) < 0) ? left : this.interval;
			sleep(wait);
			if (deadline.hasPassed()) {
				last = true;
				deadline = new CallDeadline(this.time, wait);
			}
		}
	}

	/** What would be the same had there been more time. */
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

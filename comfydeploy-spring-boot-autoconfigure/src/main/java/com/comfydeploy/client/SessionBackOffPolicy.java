package com.comfydeploy.client;

import java.time.Duration;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.retry.RetryContext;
import org.springframework.retry.backoff.BackOffContext;
import org.springframework.retry.backoff.BackOffInterruptedException;
import org.springframework.retry.backoff.BackOffPolicy;

/**
 * Waits as long as the {@link SessionRetryPolicy} has decided.
 */
final class SessionBackOffPolicy implements BackOffPolicy {

	private static final Log logger = LogFactory.getLog(SessionBackOffPolicy.class);

	private final Sleeper time;

	SessionBackOffPolicy(Sleeper time) {
		this.time = time;
	}

	@Override
	public BackOffContext start(RetryContext context) {
		return (SessionRetryContext) context;
	}

	@Override
	public void backOff(@Nullable BackOffContext context) throws BackOffInterruptedException {
		if (context instanceof SessionRetryContext retry && retry.nextWait() != null) {
			Duration wait = retry.nextWait();
			SessionCall call = retry.call();
			AttemptFailure failure = call.lastFailure();
			if (logger.isDebugEnabled()) {
				logger.debug(call.description() + ": attempt " + (call.attempts() + 1) + " in " + wait.toMillis()
						+ " ms, after " + ((failure != null) ? failure.reason() : "none"));
			}
			try {
				this.time.sleep(wait);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new BackOffInterruptedException("interrupted while waiting for the next attempt", ex);
			}
		}
	}

}

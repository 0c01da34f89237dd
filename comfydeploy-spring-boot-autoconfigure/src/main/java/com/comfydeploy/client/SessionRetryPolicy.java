package com.comfydeploy.client;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.retry.RetryContext;
import org.springframework.retry.RetryPolicy;

import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.session.RetrySettings;

/**
 * Decides whether a failed attempt is retried, and after which wait.
 */
@SuppressWarnings("serial")
final class SessionRetryPolicy implements RetryPolicy {

	private final transient Sleeper time;

	private final transient BackOff backOff;

	SessionRetryPolicy(Sleeper time, BackOff backOff) {
		this.time = time;
		this.backOff = backOff;
	}

	@Override
	public RetryContext open(@Nullable RetryContext parent) {
		return new SessionRetryContext(parent);
	}

	@Override
	public void registerThrowable(RetryContext context, Throwable throwable) {
		SessionRetryContext retry = (SessionRetryContext) context;
		retry.registerThrowable(throwable);
		Duration wait = (throwable instanceof AttemptFailure failure) ? nextWait(retry.call(), failure) : null;
		CallDeadline deadline = retry.call().settings().deadline();
		if (wait != null && deadline != null && wait.compareTo(deadline.remaining()) >= 0) {
			deadline.markMissed();
			wait = null;
		}
		retry.setNextWait(wait);
	}

	private @Nullable Duration nextWait(SessionCall call, AttemptFailure failure) {
		RetrySettings settings = call.settings().retry();
		boolean repeatable = call.operation().isIdempotent() || settings.retryNonIdempotent();
		if (call.attempts() >= settings.maxAttempts()
				|| !failure.isRetryable(repeatable, settings.retryConnectionErrors())) {
			return null;
		}
		Duration wait = this.backOff.fullJitter(settings.initialInterval(), settings.multiplier(),
				settings.maxInterval(), call.attempts());
		Duration retryAfter = failure.retryAfter();
		if (retryAfter != null) {
			wait = Durations.max(wait, retryAfter);
		}
		return (wait.compareTo(remaining(call)) <= 0) ? wait : null;
	}

	@Override
	public boolean canRetry(RetryContext context) {
		SessionRetryContext retry = (SessionRetryContext) context;
		return retry.getLastThrowable() == null || (retry.nextWait() != null && !remaining(retry.call()).isNegative());
	}

	private Duration remaining(SessionCall call) {
		return call.settings().retry().maxElapsedTime().minusNanos(this.time.nanoTime() - call.start());
	}

	@Override
	public void close(RetryContext context) {
	}

}

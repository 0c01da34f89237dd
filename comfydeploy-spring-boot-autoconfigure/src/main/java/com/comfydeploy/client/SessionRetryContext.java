package com.comfydeploy.client;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.retry.RetryContext;
import org.springframework.retry.backoff.BackOffContext;
import org.springframework.retry.context.RetryContextSupport;
import org.springframework.retry.interceptor.RetryOperationsInterceptor;
import org.springframework.retry.support.Args;
import org.springframework.util.Assert;

/**
 * The decision about the next attempt of a call.
 */
@SuppressWarnings("serial")
final class SessionRetryContext extends RetryContextSupport implements BackOffContext {

	private @Nullable Duration nextWait;

	SessionRetryContext(@Nullable RetryContext parent) {
		super(parent);
	}

	/**
	 * Return the call, which is the argument of the intercepted method.
	 */
	SessionCall call() {
		Args args = (Args) getAttribute(RetryOperationsInterceptor.METHOD_ARGS);
		Assert.state(args != null, "There is no call before its first attempt");
		return (SessionCall) args.getArgs()[0];
	}

	/**
	 * Return the wait before the next attempt, or {@code null} if there is no retry.
	 */
	@Nullable Duration nextWait() {
		return this.nextWait;
	}

	void setNextWait(@Nullable Duration wait) {
		this.nextWait = wait;
	}

}

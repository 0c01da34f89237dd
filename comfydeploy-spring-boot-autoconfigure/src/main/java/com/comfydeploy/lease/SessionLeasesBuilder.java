package com.comfydeploy.lease;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.util.Assert;

import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

/**
 * Builds {@link SessionLeases}. Spring Boot's auto-configuration uses it, and so can an
 * application that needs leases of a second client. Every setting is checked when it is
 * made, and a wrong one is an {@link IllegalArgumentException}.
 */
public final class SessionLeasesBuilder {

	private static final String THREAD_NAME_PREFIX = "comfydeploy-lease-";

	private final SessionOperations operations;

	private SessionOperations creating;

	private LeaseTerms terms = LeaseTerms.DEFAULTS;

	private Duration shutdownTimeout = Duration.ofSeconds(20);

	private Duration readTimeout = Duration.ofSeconds(30);

	private boolean virtualThreads;

	private Consumer<SessionLeaseEvent> eventListener = (event) -> {
	};

	private SessionLeasesBuilder(SessionOperations operations) {
		this.operations = operations;
		this.creating = operations;
	}

	/**
	 * Start with the operations that sessions are created, extended and cancelled with.
	 * @param operations the operations
	 * @return a builder
	 */
	public static SessionLeasesBuilder with(SessionOperations operations) {
		Assert.notNull(operations, "operations must not be null");
		return new SessionLeasesBuilder(operations);
	}

	/**
	 * Set what a lease's own options leave unset. The default is an extension of 5
	 * minutes when 2 are left, for 1 hour at most, and 10 minutes to be ready in.
	 * @param options the options
	 * @return this builder
	 * @throws IllegalArgumentException if they contradict what they leave unset
	 */
	public SessionLeasesBuilder options(LeaseOptions options) {
		Assert.notNull(options, "options must not be null");
		this.terms = LeaseTerms.DEFAULTS.with(options);
		return this;
	}

	/**
	 * Set how long it is waited until a session that is closed, or all of them when the
	 * application stops, are gone. The default is 20 seconds.
	 * @param shutdownTimeout more than zero
	 * @return this builder
	 */
	public SessionLeasesBuilder shutdownTimeout(Duration shutdownTimeout) {
		this.shutdownTimeout = LeaseTerms.min(LeaseOptions.Builder.positive("shutdownTimeout", shutdownTimeout),
				LeaseTerms.FOR_EVER);
		return this;
	}

	/**
	 * Set the time for a call that extends or closes a lease. It gets less where there is
	 * less. The default is 30 seconds.
	 * @param readTimeout more than zero
	 * @return this builder
	 */
	public SessionLeasesBuilder readTimeout(Duration readTimeout) {
		this.readTimeout = LeaseOptions.Builder.positive("readTimeout", readTimeout);
		return this;
	}

	/**
	 * Set how failed attempts to create a session are repeated. One whose outcome is
	 * unknown is not, whatever the settings say. The default is what the operations do.
	 * @param retry the settings
	 * @return this builder
	 */
	public SessionLeasesBuilder retry(RetrySettings retry) {
		Assert.notNull(retry, "retry must not be null");
		this.creating = this.operations
			.with(CallOptions.builder().retry(retry.mutate().retryNonIdempotent(false).build()).build());
		return this;
	}

	/**
	 * Set whether calls that extend or close a lease are made on virtual threads, which
	 * takes a JDK 21 or later. The default is on daemon threads of the platform, as many
	 * as there are calls at a time.
	 * @param virtualThreads whether they are
	 * @return this builder
	 */
	public SessionLeasesBuilder virtualThreads(boolean virtualThreads) {
		this.virtualThreads = virtualThreads;
		return this;
	}

	/**
	 * Set what is told of each step of each lease, on the thread that made it. The
	 * default is nothing.
	 * @param eventListener takes the event
	 * @return this builder
	 */
	public SessionLeasesBuilder eventListener(Consumer<SessionLeaseEvent> eventListener) {
		Assert.notNull(eventListener, "eventListener must not be null");
		this.eventListener = eventListener;
		return this;
	}

	/**
	 * Build the leases. They are closed with the application when they are a Spring bean;
	 * the returned object is a {@link org.springframework.context.SmartLifecycle} and a
	 * {@link org.springframework.beans.factory.DisposableBean}.
	 * @return the leases
	 */
	public SessionLeases build() {
		return build(new SystemLeaseTime(executor()), new LeaseBackOff(() -> ThreadLocalRandom.current().nextDouble()));
	}

	DefaultSessionLeases build(LeaseTime time, LeaseBackOff backOff) {
		return new DefaultSessionLeases(this.operations, this.creating, this.terms, time, backOff, this.shutdownTimeout,
				this.readTimeout, this.eventListener);
	}

	private Executor executor() {
		if (this.virtualThreads) {
			return new VirtualThreadTaskExecutor(THREAD_NAME_PREFIX);
		}
		return Executors.newCachedThreadPool(SystemLeaseTime.threadFactory(THREAD_NAME_PREFIX));
	}

}

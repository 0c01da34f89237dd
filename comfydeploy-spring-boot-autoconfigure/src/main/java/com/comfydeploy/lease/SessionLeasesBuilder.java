package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

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

	private CallOptions creation = CallOptions.builder().build();

	private ResolvedLeaseOptions options = ResolvedLeaseOptions.DEFAULTS;

	private Duration readTimeout = Duration.ofSeconds(30);

	private @Nullable Integer maxOpen;

	private Duration acquireTimeout = Duration.ZERO;

	private ObservationRegistry observationRegistry = ObservationRegistry.NOOP;

	private boolean virtualThreads;

	private final List<Consumer<SessionLeaseEvent>> eventListeners = new ArrayList<>();

	private SessionLeasesBuilder(SessionOperations operations) {
		this.operations = operations;
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
	 * minutes when 2 are left, for 1 hour at most, 10 minutes to be ready in, and a poll
	 * every 30 seconds.
	 * @param options the options
	 * @return this builder
	 * @throws IllegalArgumentException if they contradict what they leave unset
	 */
	public SessionLeasesBuilder options(LeaseOptions options) {
		Assert.notNull(options, "options must not be null");
		this.options = this.options.with(options);
		return this;
	}

	/**
	 * Set how long to wait for confirmation that a closed session is gone; at shutdown,
	 * the limit for all sessions together. The default is 20 seconds.
	 * @param shutdownTimeout more than zero
	 * @return this builder
	 * @throws IllegalArgumentException if it is not more than zero
	 */
	public SessionLeasesBuilder shutdownTimeout(Duration shutdownTimeout) {
		this.options = this.options.withCloseTimeout(LeaseOptions.Builder.positive("shutdownTimeout", shutdownTimeout));
		return this;
	}

	/**
	 * Set the interval between polls while a session starts. The default is 2 seconds.
	 * @param pollInterval more than zero
	 * @return this builder
	 * @throws IllegalArgumentException if it is not more than zero
	 */
	public SessionLeasesBuilder pollInterval(Duration pollInterval) {
		this.options = this.options.withPollInterval(LeaseOptions.Builder.positive("pollInterval", pollInterval));
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
	 * Set how many leases may be open at the same time, those included that are being
	 * opened. The default is no limit.
	 * @param maxOpen at least 1
	 * @return this builder
	 * @throws IllegalArgumentException if it is less than 1
	 */
	public SessionLeasesBuilder maxOpen(int maxOpen) {
		Assert.isTrue(maxOpen > 0, () -> "maxOpen must be at least 1, but is " + maxOpen);
		this.maxOpen = maxOpen;
		return this;
	}

	/**
	 * Set how long to wait for a place where there are as many leases as allowed. Who
	 * waits first gets a place first. The default is not to wait.
	 * @param acquireTimeout not negative
	 * @return this builder
	 * @throws IllegalArgumentException if it is negative
	 * @see LeaseLimitException
	 */
	public SessionLeasesBuilder acquireTimeout(Duration acquireTimeout) {
		Assert.isTrue(acquireTimeout != null && !acquireTimeout.isNegative(),
				() -> "acquireTimeout must not be negative, but is " + acquireTimeout);
		this.acquireTimeout = ResolvedLeaseOptions.min(acquireTimeout, ResolvedLeaseOptions.FOR_EVER);
		return this;
	}

	/**
	 * Set the registry whose current observation, when a lease is opened, becomes the
	 * parent of those of the lease's own calls. The default is none.
	 * @param observationRegistry the registry
	 * @return this builder
	 */
	public SessionLeasesBuilder observationRegistry(ObservationRegistry observationRegistry) {
		Assert.notNull(observationRegistry, "observationRegistry must not be null");
		this.observationRegistry = observationRegistry;
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
		this.creation = CallOptions.builder().retry(retry.mutate().retryNonIdempotent(false).build()).build();
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
	 * Add what receives the events of all leases, on the thread of the step and in the
	 * order of adding. What it throws is logged, and changes nothing, also not for the
	 * next. The default is nothing.
	 * @param eventListener receives each event
	 * @return this builder
	 */
	public SessionLeasesBuilder eventListener(Consumer<SessionLeaseEvent> eventListener) {
		Assert.notNull(eventListener, "eventListener must not be null");
		this.eventListeners.add(eventListener);
		return this;
	}

	/**
	 * Build the leases. They are closed with the application when they are a Spring bean;
	 * the returned object is a {@link org.springframework.context.SmartLifecycle} and a
	 * {@link org.springframework.beans.factory.DisposableBean}.
	 * @return the leases
	 */
	public SessionLeases build() {
		return build(new SystemLeaseScheduler(executor()),
				new LeaseBackOff(() -> ThreadLocalRandom.current().nextDouble()));
	}

	DefaultSessionLeases build(LeaseScheduler scheduler, LeaseBackOff backOff) {
		return new DefaultSessionLeases(this.operations, this.creation, this.options, scheduler, backOff,
				this.readTimeout, this.maxOpen, this.acquireTimeout, this.observationRegistry,
				List.copyOf(this.eventListeners));
	}

	private Executor executor() {
		if (this.virtualThreads) {
			return new VirtualThreadTaskExecutor(THREAD_NAME_PREFIX);
		}
		return Executors.newCachedThreadPool(SystemLeaseScheduler.threadFactory(THREAD_NAME_PREFIX));
	}

}

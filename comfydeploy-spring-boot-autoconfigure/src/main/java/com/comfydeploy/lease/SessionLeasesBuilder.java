package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.util.Assert;
import org.springframework.util.StringUtils;

import com.comfydeploy.internal.Arguments;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.store.InMemoryLeaseStore;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

/**
 * Builder of {@link SessionLeases}. Spring Boot's auto-configuration uses it. An
 * application can use it for the leases of a second client. Each method throws an
 * {@link IllegalArgumentException} for an invalid value.
 */
public final class SessionLeasesBuilder {

	private static final int MAX_INSTANCE_ID = 255;

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

	private @Nullable LeaseStore store;

	private String instanceId = UUID.randomUUID().toString();

	private OrphanPolicy onOrphan = OrphanPolicy.CANCEL;

	private @Nullable MachineOperations machines;

	private @Nullable Integer maxGpuMinutesPerDay;

	private Consumer<LeaseReportEvent> reportListener = (event) -> {
	};

	private Consumer<StoreResult> refusalListener = (result) -> {
	};

	private SessionLeasesBuilder(SessionOperations operations) {
		this.operations = operations;
	}

	/**
	 * Create a builder of leases. They create, extend and cancel sessions with the given
	 * operations.
	 * @param operations the operations
	 * @return a builder
	 */
	public static SessionLeasesBuilder with(SessionOperations operations) {
		Assert.notNull(operations, "operations must not be null");
		return new SessionLeasesBuilder(operations);
	}

	/**
	 * Set the options that apply when a lease does not have an option of its own. The
	 * default is an extension of 5 minutes when 2 minutes remain, a maximum lifetime of 1
	 * hour, 10 minutes to become ready, and a poll every 30 seconds.
	 * @param options the options
	 * @return this builder
	 * @throws IllegalArgumentException if they contradict the defaults
	 */
	public SessionLeasesBuilder options(LeaseOptions options) {
		Assert.notNull(options, "options must not be null");
		this.options = this.options.with(options);
		return this;
	}

	/**
	 * Set the maximum time to wait for confirmation that a closed session has ended. At
	 * shutdown, it is the limit for all sessions together. The default is 20 seconds.
	 * @param shutdownTimeout more than zero
	 * @return this builder
	 * @throws IllegalArgumentException if it is not more than zero
	 */
	public SessionLeasesBuilder shutdownTimeout(Duration shutdownTimeout) {
		this.options = this.options.withCloseTimeout(Arguments.requirePositive("shutdownTimeout", shutdownTimeout));
		return this;
	}

	/**
	 * Set the interval between polls while a session starts. The default is 2 seconds.
	 * @param pollInterval more than zero
	 * @return this builder
	 * @throws IllegalArgumentException if it is not more than zero
	 */
	public SessionLeasesBuilder pollInterval(Duration pollInterval) {
		this.options = this.options.withPollInterval(Arguments.requirePositive("pollInterval", pollInterval));
		return this;
	}

	/**
	 * Set the maximum read timeout of a call that extends or closes a lease. The timeout
	 * is shorter if several attempts would otherwise not fit into {@code renewBefore} or
	 * {@code shutdownTimeout}. The default is 30 seconds.
	 * @param readTimeout more than zero
	 * @return this builder
	 */
	public SessionLeasesBuilder readTimeout(Duration readTimeout) {
		this.readTimeout = Arguments.requirePositive("readTimeout", readTimeout);
		return this;
	}

	/**
	 * Set the maximum number of leases that are open at the same time, including leases
	 * that are being opened. With a store, the limit holds for all JVMs that share it. By
	 * default there is no limit.
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
	 * Set the maximum time to wait when the maximum number of leases is open. Without a
	 * store, callers are served in order. By default, callers do not wait.
	 * @param acquireTimeout not negative
	 * @return this builder
	 * @throws IllegalArgumentException if it is negative
	 * @see LeaseLimitException
	 */
	public SessionLeasesBuilder acquireTimeout(Duration acquireTimeout) {
		this.acquireTimeout = Durations.min(Arguments.requireNotNegative("acquireTimeout", acquireTimeout),
				ResolvedLeaseOptions.FOR_EVER);
		return this;
	}

	/**
	 * Set the registry of observations. The calls that a lease makes on its own threads
	 * are observed as children of the observation that is current when the lease is
	 * opened. By default, they are not children of this observation.
	 * @param observationRegistry the registry
	 * @return this builder
	 */
	public SessionLeasesBuilder observationRegistry(ObservationRegistry observationRegistry) {
		Assert.notNull(observationRegistry, "observationRegistry must not be null");
		this.observationRegistry = observationRegistry;
		return this;
	}

	/**
	 * Set the retry settings of the create. A create with an unknown outcome is never
	 * repeated. The default is the retry settings of the operations.
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
	 * requires JDK 21 or later. By default they are made on platform daemon threads.
	 * @param virtualThreads whether to use virtual threads
	 * @return this builder
	 */
	public SessionLeasesBuilder virtualThreads(boolean virtualThreads) {
		this.virtualThreads = virtualThreads;
		return this;
	}

	/**
	 * Add a listener for the events of all leases. Listeners are called in order, on the
	 * thread of the step. An exception of a listener is logged, and has no other effect.
	 * By default there is no listener.
	 * @param eventListener receives each event
	 * @return this builder
	 */
	public SessionLeasesBuilder eventListener(Consumer<SessionLeaseEvent> eventListener) {
		Assert.notNull(eventListener, "eventListener must not be null");
		this.eventListeners.add(eventListener);
		return this;
	}

	/**
	 * Set the store. By default, leases are not stored. The built object begins to search
	 * for the leases of failed JVMs when it is started, or when it opens its first lease.
	 * Spring starts a bean automatically.
	 * @param store the store, which the caller must close
	 * @return this builder
	 */
	public SessionLeasesBuilder store(LeaseStore store) {
		Assert.notNull(store, "store must not be null");
		this.store = store;
		return this;
	}

	/**
	 * Set the id of this JVM in the store. It must be unique among running JVMs. A JVM
	 * that has the same id after a restart takes over its own leases immediately. The
	 * default is a random id.
	 * @param instanceId any text of at most 255 characters
	 * @return this builder
	 * @throws IllegalArgumentException if it is blank or longer
	 */
	public SessionLeasesBuilder instanceId(String instanceId) {
		Assert.isTrue(StringUtils.hasText(instanceId) && instanceId.length() <= MAX_INSTANCE_ID,
				() -> "instanceId must be at most " + MAX_INSTANCE_ID + " characters and not blank");
		this.instanceId = instanceId;
		return this;
	}

	/**
	 * Set the policy for the leases of a failed JVM. The default is to cancel their
	 * sessions.
	 * @param onOrphan the policy
	 * @return this builder
	 */
	public SessionLeasesBuilder onOrphan(OrphanPolicy onOrphan) {
		Assert.notNull(onOrphan, "onOrphan must not be null");
		this.onOrphan = onOrphan;
		return this;
	}

	/**
	 * Set the operations that read GPU events. If the outcome of a create is unknown, the
	 * leases search for its session. Without these operations, they search in the lists
	 * of sessions only. With them, they also search in the GPU events, because lists omit
	 * some sessions.
	 * @param machines the operations
	 * @return this builder
	 */
	public SessionLeasesBuilder machines(MachineOperations machines) {
		Assert.notNull(machines, "machines must not be null");
		this.machines = machines;
		return this;
	}

	/**
	 * Set how many minutes may be granted within 24 hours, to the leases of this JVM, or
	 * to the leases of all JVMs that share the store. By default there is no limit.
	 * @param maxGpuMinutesPerDay at least 1
	 * @return this builder
	 * @throws IllegalArgumentException if it is less
	 */
	public SessionLeasesBuilder maxGpuMinutesPerDay(int maxGpuMinutesPerDay) {
		Assert.isTrue(maxGpuMinutesPerDay > 0,
				() -> "maxGpuMinutesPerDay must be at least 1, but is " + maxGpuMinutesPerDay);
		this.maxGpuMinutesPerDay = maxGpuMinutesPerDay;
		return this;
	}

	SessionLeasesBuilder limits(LeaseLimits limits) {
		this.maxOpen = limits.maxOpen();
		this.maxGpuMinutesPerDay = limits.maxGpuMinutesPerDay();
		return this;
	}

	/**
	 * Set the listener for stored leases that need attention. By default, there is no
	 * listener. Such leases are always logged, even if there is no listener.
	 * @param reportListener receives each event
	 * @return this builder
	 */
	public SessionLeasesBuilder reportListener(Consumer<LeaseReportEvent> reportListener) {
		Assert.notNull(reportListener, "reportListener must not be null");
		this.reportListener = reportListener;
		return this;
	}

	/**
	 * Set the listener for refused leases. By default there is none.
	 * @param refusalListener receives the limit that refused the lease
	 * @return this builder
	 */
	public SessionLeasesBuilder refusalListener(Consumer<StoreResult> refusalListener) {
		Assert.notNull(refusalListener, "refusalListener must not be null");
		this.refusalListener = refusalListener;
		return this;
	}

	/**
	 * Build the leases. The returned object is a
	 * {@link org.springframework.context.SmartLifecycle} and a
	 * {@link org.springframework.beans.factory.DisposableBean}: as a Spring bean, it
	 * closes all leases when the application stops.
	 * @return the leases
	 */
	public SessionLeases build() {
		return build(new SystemLeaseScheduler(executor()), BackOff.random());
	}

	DefaultSessionLeases build(LeaseScheduler scheduler, BackOff backOff) {
		return new DefaultSessionLeases(this.operations, this.creation, this.options, scheduler, backOff,
				this.readTimeout, this.observationRegistry, List.copyOf(this.eventListeners), storeSettings());
	}

	private StoreSettings storeSettings() {
		LeaseStore store = this.store;
		OrphanPolicy onOrphan = this.onOrphan;
		if (store == null && this.maxGpuMinutesPerDay != null) {
			store = new InMemoryLeaseStore();
			// It does not know the leases of other JVMs, whose sessions may look like
			// ours
			onOrphan = OrphanPolicy.REPORT;
		}
		LeaseLimits limits = new LeaseLimits(this.maxOpen, this.maxGpuMinutesPerDay);
		return new StoreSettings(store, this.instanceId, limits, this.acquireTimeout, onOrphan, this.machines,
				this.reportListener, this.refusalListener);
	}

	private Executor executor() {
		if (this.virtualThreads) {
			return new VirtualThreadTaskExecutor(THREAD_NAME_PREFIX);
		}
		return Executors.newCachedThreadPool(SystemLeaseScheduler.threadFactory(THREAD_NAME_PREFIX));
	}

}

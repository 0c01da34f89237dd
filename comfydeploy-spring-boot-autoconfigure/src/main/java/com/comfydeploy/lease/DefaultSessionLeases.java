package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.Assert;

import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

/**
 * Opens leases, knows those that have not ended, and closes them all when the application
 * stops: last of its lifecycle, when everything that may hold one has stopped. A start
 * that fails has no lifecycle to stop, and destroys the bean only.
 */
class DefaultSessionLeases
		implements SessionLeases, LeaseHolder, SmartInitializingSingleton, SmartLifecycle, DisposableBean {

	private static final LeaseOptions NO_OPTIONS = LeaseOptions.builder().build();

	/** Maximum time to wait for listeners, which may have stopped the application. */
	private static final Duration PUBLISH_TIMEOUT = Duration.ofSeconds(1);

	/** Interval between attempts to get a place. */
	private static final Duration PLACE_INTERVAL = Duration.ofMillis(500);

	private static final int MAX_RECOVERED = 1000;

	private final SessionOperations operations;

	private final CallOptions creation;

	private final ResolvedLeaseOptions options;

	private final LeaseScheduler scheduler;

	private final BackOff backOff;

	private final Duration readTimeout;

	private final List<Consumer<SessionLeaseEvent>> listeners;

	private final @Nullable LeasePlaces places;

	private final ObservationRegistry observations;

	private final Object lock = new Object();

	private final Set<DefaultSessionLease> leases = new LinkedHashSet<>();

	private final Set<DefaultSessionLease> stopping = ConcurrentHashMap.newKeySet();

	private final Set<CompletableFuture<?>> creations = new LinkedHashSet<>();

	private final StoreSettings storeSettings;

	private final @Nullable LeaseRegistry registry;

	private final @Nullable LeaseRecovery recovery;

	private final List<SessionLease> recovered = new CopyOnWriteArrayList<>();

	private boolean running = true;

	private boolean destroyed;

	private volatile long stoppedAt;

	/**
	 * Create leases.
	 * @param creation options of the call that creates a session; the call bypasses the
	 * code of the application, and the lease records the session's id first
	 */
	DefaultSessionLeases(SessionOperations operations, CallOptions creation, ResolvedLeaseOptions options,
			LeaseScheduler scheduler, BackOff backOff, Duration readTimeout, ObservationRegistry observations,
			List<Consumer<SessionLeaseEvent>> listeners, StoreSettings storeSettings) {
		this.operations = operations;
		this.creation = creation;
		this.options = options;
		this.scheduler = scheduler;
		this.backOff = backOff;
		this.readTimeout = readTimeout;
		Integer maxOpen = storeSettings.limits().maxOpen();
		this.places = (maxOpen != null && storeSettings.store() == null) ? new LeasePlaces(maxOpen, scheduler) : null;
		this.observations = observations;
		this.listeners = listeners;
		this.storeSettings = storeSettings;
		LeaseStore store = storeSettings.store();
		if (store != null) {
			this.registry = new LeaseRegistry(store, storeSettings.instanceId(), storeSettings.limits(), scheduler,
					storeSettings.onOrphan() == OrphanPolicy.ADOPT);
			this.recovery = new LeaseRecovery(this.registry, scheduler, storeSettings.onOrphan(),
					new SessionSearch(operations, storeSettings.machines()), this, storeSettings.reports());
		}
		else {
			this.registry = null;
			this.recovery = null;
		}
	}

	@Override
	public SessionLease open(CreateSessionRequest request) {
		return open(request, NO_OPTIONS);
	}

	@Override
	public SessionLease open(CreateSessionRequest request, LeaseOptions options) {
		Assert.notNull(request, "request must not be null");
		Assert.notNull(options, "options must not be null");
		ResolvedLeaseOptions resolved = this.options.with(options);
		Duration timeout = resolved.initialTimeout(request.timeout());
		CreateSessionRequest bounded = request.mutate().timeout(timeout).waitForServer(false).build();
		SessionOperations creating = this.operations.with(this.creation);
		LeaseOperations operations = LeaseOperations.of(this.operations, resolved, this.readTimeout, false);
		LeaseDescription description = describe(request.machineId(), false, false, request.gpu(), resolved, options);
		return hold(withPlace("create", timeout, () -> recorded("create", description, null, timeout, (record) -> {
			long start = this.scheduler.nanoTime();
			String sessionId = createRecorded(() -> creating.create(bounded), record);
			return lease(sessionId, request.gpu(), created(resolved, timeout, start), operations, record, start,
					options);
		})));
	}

	@Override
	public SessionLease open(CreateDynamicSessionRequest request) {
		return open(request, NO_OPTIONS);
	}

	@Override
	public SessionLease open(CreateDynamicSessionRequest request, LeaseOptions options) {
		Assert.notNull(request, "request must not be null");
		Assert.notNull(options, "options must not be null");
		ResolvedLeaseOptions resolved = this.options.with(options).withServerLimit(ResolvedLeaseOptions.DYNAMIC_LIMIT);
		Duration timeout = resolved.initialTimeout(request.timeout());
		CreateDynamicSessionRequest bounded = request.mutate().timeout(timeout).waitForServer(false).build();
		SessionOperations creating = this.operations.with(this.creation);
		LeaseOperations operations = LeaseOperations.of(this.operations, resolved, this.readTimeout, false);
		LeaseDescription description = describe(request.machineId(), true, false, request.gpu(), resolved, options);
		return hold(withPlace("create-dynamic", timeout,
				() -> recorded("create-dynamic", description, null, timeout, (record) -> {
					long start = this.scheduler.nanoTime();
					String sessionId = createRecorded(() -> creating.createDynamic(bounded), record);
					return lease(sessionId, request.gpu(), created(resolved, timeout, start), operations, record, start,
							options);
				})));
	}

	private LeaseState created(ResolvedLeaseOptions options, Duration timeout, long start) {
		return LeaseState.created(options, this.backOff, timeout, Duration.ofNanos(this.scheduler.nanoTime() - start));
	}

	@Override
	public SessionLease adopt(String sessionId) {
		return adopt(sessionId, NO_OPTIONS);
	}

	@Override
	public SessionLease adopt(String sessionId, LeaseOptions options) {
		Assert.notNull(options, "options must not be null");
		ResolvedLeaseOptions resolved = this.options.with(options);
		LeaseOperations operations = LeaseOperations.of(this.operations, resolved, this.readTimeout, true);
		Assert.state(leases().stream().noneMatch((lease) -> lease.sessionId().equals(sessionId)),
				() -> "Session " + sessionId + " already has a lease");
		return hold(withPlace("get", Duration.ZERO, () -> {
			Session session = this.operations.get(sessionId);
			LeaseDescription description = describe(session.machineId(), false, true, session.gpu(), resolved, options);
			return recorded("get", description, sessionId, resolved.initialTimeout(null), (record) -> {
				long start = this.scheduler.nanoTime();
				return lease(sessionId, session.gpu(), LeaseState.adopted(resolved, this.backOff, session), operations,
						record, start, options);
			});
		}));
	}

	@Override
	public Optional<SessionLease> find(String sessionId) {
		return active().stream().filter((lease) -> lease.sessionId().equals(sessionId)).findFirst();
	}

	private static LeaseDescription describe(@Nullable String machineId, boolean dynamic, boolean adopted,
			@Nullable Gpu gpu, ResolvedLeaseOptions resolved, LeaseOptions options) {
		return new LeaseDescription(machineId, dynamic, adopted, gpu, resolved.extension(), resolved.renewBefore(),
				resolved.maxLifetime(), options.owner());
	}

	private DefaultSessionLease lease(String sessionId, @Nullable Gpu gpu, LeaseState state, LeaseOperations operations,
			LeaseRecord record, long start, LeaseOptions options) {
		DefaultSessionLease lease;
		try {
			lease = new DefaultSessionLease(sessionId, gpu, state, operations, record, this.scheduler, start,
					new LeaseContext(sessionId, this.observations), options.owner(), this.listeners,
					SessionLeaseEvent.Type.OPENED);
			boolean stopping = add(lease);
			if (stopping ? record.close(sessionId, this.options.closeTimeout())
					: record.update(LeasePhase.HELD, sessionId)) {
				if (stopping) {
					closeWithinBound(lease);
				}
				return lease;
			}
			if (!operations.isAdopted()) {
				lease.closeUnrecorded();
				throw new ComfyDeployTransportException(
						"session " + sessionId
								+ " is cancelled: another JVM took this lease over while the session was being created",
						null, "create", 1, false);
			}
		}
		catch (Throwable ex) {
			operations.cancel(sessionId);
			throw ex;
		}
		// The other JVM knows the session, and may hold it
		lease.takenOver();
		throw new IllegalStateException(
				"Session " + sessionId + " has a lease in another JVM, which took this lease over in the meantime");
	}

	/**
	 * Hold a session from its start.
	 */
	private SessionLease hold(DefaultSessionLease lease) {
		try {
			lease.start();
			lease.awaitReady();
			return lease;
		}
		catch (Throwable ex) {
			lease.close();
			throw ex;
		}
	}

	/**
	 * Create a lease. Its place is taken before its session is created, and released when
	 * the session has ended.
	 * @param timeout the time for which a session runs whose id stays unknown, zero if
	 * none is created
	 */
	private DefaultSessionLease withPlace(String operation, Duration timeout, Supplier<DefaultSessionLease> creation) {
		acquire(operation);
		try {
			DefaultSessionLease lease = creation.get();
			lease.ended().whenComplete((result, failure) -> release(lease.maxRunTimeAfterEnd()));
			return lease;
		}
		catch (Throwable ex) {
			boolean mayRun = !timeout.isZero() && LeaseOperations.isOutcomeUnknown(ex);
			release(mayRun ? timeout.plus(UnknownCreates.MARGIN) : Duration.ZERO);
			throw ex;
		}
	}

	/**
	 * Create a lease that is recorded in the store before its session is created.
	 * @param sessionId the session's id, or {@code null} if it has none yet
	 */
	private DefaultSessionLease recorded(String operation, LeaseDescription description, @Nullable String sessionId,
			Duration timeout, Function<LeaseRecord, DefaultSessionLease> creation) {
		CompletableFuture<Void> created = new CompletableFuture<>();
		try {
			LeaseRecord record = record(operation, description, sessionId, timeout);
			begin(created, record);
			return creation.apply(record);
		}
		finally {
			synchronized (this.lock) {
				this.creations.remove(created);
			}
			created.complete(null);
		}
	}

	private void acquire(String operation) {
		if (this.places == null) {
			return;
		}
		try {
			if (!this.places.acquire(this.storeSettings.acquireTimeout())) {
				this.storeSettings.refusals().accept(StoreResult.MAX_OPEN_REACHED);
				throw LeaseLimitException.of(StoreResult.MAX_OPEN_REACHED, operation,
						this.storeSettings.acquireTimeout());
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new ComfyDeployTransportException(
					"interrupted while waiting for another lease to end, so nothing was sent", ex, operation, 0, false);
		}
	}

	private void release(Duration delay) {
		LeasePlaces places = this.places;
		if (places == null) {
			return;
		}
		if (delay.isZero() || delay.isNegative()) {
			places.release();
		}
		else {
			this.scheduler.schedule(places::release, delay);
		}
	}

	private String createRecorded(Supplier<CreatedSession> creation, LeaseRecord record) {
		try {
			String sessionId = creation.get().sessionId();
			if (this.recovery != null) {
				this.recovery.created(sessionId);
			}
			return sessionId;
		}
		catch (Throwable ex) {
			if (!LeaseOperations.isOutcomeUnknown(ex)) {
				record.remove(0);
			}
			else if (this.recovery != null && record instanceof StoredLeaseRecord stored) {
				this.recovery.reconcile(stored);
			}
			throw ex;
		}
	}

	/**
	 * Record a lease in the store, as soon as the limits allow it.
	 */
	private LeaseRecord record(String operation, LeaseDescription description, @Nullable String sessionId,
			Duration timeout) {
		if (this.registry == null || this.recovery == null) {
			return LeaseRecord.NONE;
		}
		synchronized (this.lock) {
			checkRunning();
			this.recovery.start();
		}
		long begin = this.scheduler.nanoTime();
		while (true) {
			checkRunning();
			Duration left = this.storeSettings.acquireTimeout().minusNanos(this.scheduler.nanoTime() - begin);
			boolean last = left.isNegative() || left.isZero();
			try {
				long start = this.scheduler.nanoTime();
				LeaseRegistry.Attempt attempt = this.registry.add(description, sessionId, (int) timeout.toMinutes());
				if (attempt.record() != null) {
					return confirm(attempt.record(), start);
				}
				Assert.state(attempt.result() != StoreResult.SESSION_TAKEN,
						() -> "Session " + sessionId + " already has a lease in another JVM");
				if (last) {
					this.storeSettings.refusals().accept(attempt.result());
					throw LeaseLimitException.of(attempt.result(), operation, this.storeSettings.acquireTimeout());
				}
			}
			catch (LeaseStoreException ex) {
				if (last) {
					throw ex;
				}
			}
			awaitPlace(Durations.min(left, PLACE_INTERVAL));
		}
	}

	/**
	 * Confirm a new lease if this JVM was suspended after it was added: another JVM may
	 * have taken the lease over.
	 */
	private StoredLeaseRecord confirm(StoredLeaseRecord record, long start) {
		if (this.scheduler.nanoTime() - start < Heartbeat.FRESH.toNanos()) {
			return record;
		}
		boolean held = false;
		try {
			held = record.reserve(record.minutes(), () -> true) == StoreResult.DONE;
		}
		finally {
			if (!held) {
				record.remove(0);
			}
		}
		if (!held) {
			throw new LeaseStoreException(
					"Another JVM has taken this lease over while this JVM was suspended, so nothing was sent", null);
		}
		return record;
	}

	private void awaitPlace(Duration interval) {
		try {
			this.scheduler.await(new CompletableFuture<>(), interval);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new ComfyDeployTransportException(
					"interrupted while waiting for another lease to end, so nothing was sent", ex, "create", 0, false);
		}
	}

	private void checkRunning() {
		synchronized (this.lock) {
			if (!this.running) {
				throw stopping();
			}
		}
	}

	private static ComfyDeployTransportException stopping() {
		return new ComfyDeployTransportException("the application is stopping, so nothing was sent", null, "create", 0,
				false);
	}

	@Override
	public DefaultSessionLease recover(StoredLease lease, StoredLeaseRecord record, String sessionId) {
		LeaseDescription description = lease.description();
		ResolvedLeaseOptions options = this.options.with(LeaseOptions.builder()
			.extension(description.extension())
			.renewBefore(description.renewBefore())
			.maxLifetime(description.maxLifetime())
			.build());
		if (description.dynamic()) {
			options = options.withServerLimit(ResolvedLeaseOptions.DYNAMIC_LIMIT);
		}
		// A session whose create got no response may have no container yet
		Duration createTook = (lease.sessionId() != null) ? lease.age()
				: Durations.max(lease.age(), LeaseState.SLOW_CREATE);
		long start = this.scheduler.nanoTime() - lease.age().toNanos();
		LeaseState state = LeaseState.recovered(options, this.backOff, Duration.ofMinutes(lease.minutes()), lease.age(),
				description.adopted(), createTook.compareTo(LeaseState.SLOW_CREATE) < 0);
		DefaultSessionLease recovered = new DefaultSessionLease(sessionId, description.gpu(), state,
				LeaseOperations.of(this.operations, options, this.readTimeout, description.adopted()), record,
				this.scheduler, start, new LeaseContext(sessionId, this.observations), description.owner(),
				this.listeners, SessionLeaseEvent.Type.RECOVERED);
		add(recovered);
		this.recovered.add(recovered);
		if (this.recovered.size() > MAX_RECOVERED) {
			this.recovered.remove(0);
		}
		return recovered;
	}

	@Override
	public void takenOver(StoredLeaseRecord record) {
		leases().stream().filter((lease) -> lease.record() == record).forEach(DefaultSessionLease::takenOver);
	}

	@Override
	public List<SessionLease> recovered() {
		return List.copyOf(this.recovered);
	}

	@Override
	public List<StoredLease> stored() {
		return (this.registry != null) ? this.registry.leases() : List.of();
	}

	private void begin(CompletableFuture<?> created, LeaseRecord record) {
		synchronized (this.lock) {
			if (this.running) {
				this.creations.add(created);
				return;
			}
		}
		record.remove(0);
		throw stopping();
	}

	/**
	 * Keep a lease in the list until it has ended.
	 * @return whether the application is stopping
	 */
	private boolean add(DefaultSessionLease lease) {
		boolean stopping;
		synchronized (this.lock) {
			this.leases.add(lease);
			stopping = !this.running;
		}
		lease.ended().whenComplete((result, failure) -> remove(lease));
		return stopping;
	}

	private void remove(DefaultSessionLease lease) {
		synchronized (this.lock) {
			this.leases.remove(lease);
		}
	}

	@Override
	public List<SessionLease> active() {
		return leases().stream().filter(DefaultSessionLease::isOpen).map(SessionLease.class::cast).toList();
	}

	@Override
	public int getPhase() {
		return Integer.MIN_VALUE;
	}

	/**
	 * Spring Framework 7 pauses contexts of tests that are not in use, and asks this:
	 * leases are held as long as the context lives.
	 */
	public boolean isPauseable() {
		return false;
	}

	/**
	 * Return true from the beginning, so that a lease can be opened while the application
	 * starts.
	 */
	@Override
	public boolean isRunning() {
		synchronized (this.lock) {
			return this.running;
		}
	}

	@Override
	public void start() {
		this.stopping.clear();
		synchronized (this.lock) {
			this.running = !this.destroyed;
			afterSingletonsInstantiated();
		}
	}

	/**
	 * Start the recovery here, because Spring does not start a lifecycle that is already
	 * running.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		if (this.recovery != null) {
			this.recovery.start();
		}
	}

	@Override
	public void stop(Runnable callback) {
		CompletableFuture<Void> closed = closeAll();
		CompletableFuture<Void> over = new CompletableFuture<>();
		LeaseScheduler.Timer timer = this.scheduler.schedule(() -> {
			reportUnconfirmed();
			over.complete(null);
		}, left());
		CompletableFuture.anyOf(closed, over).whenComplete((result, failure) -> {
			timer.cancel();
			CompletableFuture<Void> published = published();
			LeaseScheduler.Timer patience = this.scheduler.schedule(() -> published.complete(null), PUBLISH_TIMEOUT);
			published.whenComplete((done, ex) -> {
				patience.cancel();
				callback.run();
			});
		});
	}

	@Override
	public void stop() {
		await(closeAll());
	}

	/**
	 * Wait until all leases are closed. An interrupt does not end the wait, because the
	 * sessions must end anyway.
	 */
	private void await(CompletableFuture<Void> closed) {
		boolean interrupted = false;
		while (true) {
			try {
				if (!this.scheduler.await(closed, left())) {
					reportUnconfirmed();
				}
				this.scheduler.await(published(), PUBLISH_TIMEOUT);
				break;
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Return the time left for closing all.
	 */
	private Duration left() {
		return this.options.closeTimeout().minusNanos(this.scheduler.nanoTime() - this.stoppedAt);
	}

	/**
	 * Report the leases that are still closing. A session that was created late has its
	 * own time limit, but no caller waits for it.
	 */
	private void reportUnconfirmed() {
		leases().forEach(DefaultSessionLease::reportUnconfirmed);
	}

	/**
	 * Return when the events of all leases that were closed have been published.
	 */
	private CompletableFuture<Void> published() {
		return CompletableFuture
			.allOf(this.stopping.stream().map(DefaultSessionLease::published).toArray(CompletableFuture[]::new));
	}

	@Override
	public void destroy() {
		synchronized (this.lock) {
			this.destroyed = true;
		}
		await(closeAll().whenComplete((result, failure) -> this.scheduler.close()));
		if (this.registry != null) {
			stopHeartbeat();
			this.registry.flush();
		}
	}

	/**
	 * Open no more leases, and close all at the same time, including leases that are
	 * being created or taken over.
	 * @return done once all have ended
	 */
	private CompletableFuture<Void> closeAll() {
		List<CompletableFuture<?>> closed = new ArrayList<>();
		List<CompletableFuture<?>> pending;
		synchronized (this.lock) {
			if (this.running) {
				this.running = false;
				this.stoppedAt = this.scheduler.nanoTime();
			}
			pending = new ArrayList<>(this.creations);
			if (this.recovery != null) {
				pending.add(this.recovery.stop());
			}
		}
		// A lease that is being created or taken over is closed as soon as it exists
		pending.forEach((lease) -> closed.add(lease.thenCompose((done) -> closeLeases())));
		closed.add(closeLeases());
		return CompletableFuture.allOf(closed.toArray(CompletableFuture[]::new))
			.whenComplete((result, failure) -> stopHeartbeat());
	}

	/**
	 * Let other JVMs take over what is left, unless this one has been started again.
	 */
	private void stopHeartbeat() {
		synchronized (this.lock) {
			if (this.registry != null && !this.running) {
				this.registry.heartbeat().stop();
			}
		}
	}

	private CompletableFuture<Void> closeLeases() {
		List<CompletableFuture<?>> closed = new ArrayList<>();
		for (DefaultSessionLease lease : leases()) {
			// Do not wait for a listener that stops the application
			if (!lease.isPublishedHere()) {
				this.stopping.add(lease);
			}
			closed.add(closeWithinBound(lease));
		}
		return CompletableFuture.allOf(closed.toArray(CompletableFuture[]::new));
	}

	/**
	 * Close a lease in the time that is left. A session that is created later has its own
	 * time limit.
	 */
	private CompletableFuture<Void> closeWithinBound(DefaultSessionLease lease) {
		Duration left = left();
		return (left.isZero() || left.isNegative()) ? lease.closeAsync() : lease.closeWithin(left);
	}

	private List<DefaultSessionLease> leases() {
		synchronized (this.lock) {
			return List.copyOf(this.leases);
		}
	}

}

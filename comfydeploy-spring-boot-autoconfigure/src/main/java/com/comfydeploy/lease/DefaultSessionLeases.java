package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.Assert;

import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.SessionOperations;

/**
 * Opens leases, knows those that have not ended, and closes them all when the application
 * stops: last of its lifecycle, when everything that may hold one has stopped. A start
 * that fails has no lifecycle to stop, and destroys the bean only.
 */
class DefaultSessionLeases implements SessionLeases, SmartLifecycle, DisposableBean {

	private static final LeaseOptions NO_OPTIONS = LeaseOptions.builder().build();

	private final SessionOperations operations;

	private final SessionOperations creating;

	private final LeaseTerms terms;

	private final LeaseTime time;

	private final LeaseBackOff backOff;

	private final Duration closeTimeout;

	private final Duration readTimeout;

	private final Consumer<SessionLeaseEvent> listener;

	private final Object lock = new Object();

	private final Set<DefaultSessionLease> leases = new LinkedHashSet<>();

	private final Set<CompletableFuture<?>> creations = new LinkedHashSet<>();

	private boolean running = true;

	private boolean destroyed;

	private volatile long stoppedAt;

	DefaultSessionLeases(SessionOperations operations, SessionOperations creating, LeaseTerms terms, LeaseTime time,
			LeaseBackOff backOff, Duration closeTimeout, Duration readTimeout, Consumer<SessionLeaseEvent> listener) {
		this.operations = operations;
		this.creating = creating;
		this.terms = terms;
		this.time = time;
		this.backOff = backOff;
		this.closeTimeout = closeTimeout;
		this.readTimeout = readTimeout;
		this.listener = listener;
	}

	@Override
	public SessionLease open(CreateSessionRequest request) {
		return open(request, NO_OPTIONS);
	}

	@Override
	public SessionLease open(CreateSessionRequest request, LeaseOptions options) {
		Assert.notNull(request, "request must not be null");
		Assert.notNull(options, "options must not be null");
		DefaultSessionLease lease = create(request, this.terms.with(options));
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
	 * Create a session that is known here before anything else happens.
	 */
	private DefaultSessionLease create(CreateSessionRequest request, LeaseTerms terms) {
		Duration granted = terms.firstGrant(request);
		LeaseCalls calls = LeaseCalls.of(this.operations, terms, this.closeTimeout, this.readTimeout);
		CreateSessionRequest creation = CreateSessionRequest.forMachine(request.machineId())
			.gpu(request.gpu())
			.timeout(granted)
			.build();
		CompletableFuture<Void> created = new CompletableFuture<>();
		begin(created);
		try {
			long start = this.time.nanoTime();
			CreatedSession session = this.creating.create(creation);
			DefaultSessionLease lease = new DefaultSessionLease(session.sessionId(), terms,
					new LeaseDeadline(this.time, start, granted, terms.limit()), calls, this.time, this.backOff,
					this.closeTimeout, this.listener);
			add(lease);
			return lease;
		}
		finally {
			synchronized (this.lock) {
				this.creations.remove(created);
			}
			created.complete(null);
		}
	}

	private void begin(CompletableFuture<?> created) {
		synchronized (this.lock) {
			if (this.running) {
				this.creations.add(created);
				return;
			}
		}
		throw new ComfyDeployTransportException("the application is stopping, so nothing was sent", null, "create", 0,
				false);
	}

	/**
	 * Know a lease until it ends.
	 */
	private void add(DefaultSessionLease lease) {
		synchronized (this.lock) {
			this.leases.add(lease);
		}
		lease.ended().whenComplete((result, failure) -> remove(lease));
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
	 * It runs from the first, so that a lease can be opened while the application starts.
	 */
	@Override
	public boolean isRunning() {
		synchronized (this.lock) {
			return this.running;
		}
	}

	@Override
	public void start() {
		synchronized (this.lock) {
			this.running = !this.destroyed;
		}
	}

	@Override
	public void stop(Runnable callback) {
		CompletableFuture<Void> closed = closeAll();
		CompletableFuture<Void> over = new CompletableFuture<>();
		LeaseTime.Timer timer = this.time.schedule(() -> {
			giveUp();
			over.complete(null);
		}, left());
		CompletableFuture.anyOf(closed, over).whenComplete((result, failure) -> {
			timer.cancel();
			callback.run();
		});
	}

	@Override
	public void stop() {
		await(closeAll());
	}

	/**
	 * An application that stops may be interrupted, and its sessions are to end all the
	 * same.
	 */
	private void await(CompletableFuture<Void> closed) {
		boolean interrupted = false;
		while (true) {
			try {
				if (!this.time.await(closed, left())) {
					giveUp();
				}
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
	 * The time that is left for closing all.
	 */
	private Duration left() {
		return this.closeTimeout.minusNanos(this.time.nanoTime() - this.stoppedAt);
	}

	/**
	 * Report what is still closing. A session that was created late has its own time, but
	 * nobody waits for it any more.
	 */
	private void giveUp() {
		leases().forEach(DefaultSessionLease::giveUpClosing);
	}

	@Override
	public void destroy() {
		synchronized (this.lock) {
			this.destroyed = true;
		}
		await(closeAll().whenComplete((result, failure) -> this.time.close()));
	}

	/**
	 * Open no more leases and close all at once, also those whose session is being
	 * created.
	 * @return done once all have ended
	 */
	private CompletableFuture<Void> closeAll() {
		List<CompletableFuture<?>> closed = new ArrayList<>();
		List<CompletableFuture<?>> creations;
		synchronized (this.lock) {
			if (this.running) {
				this.running = false;
				this.stoppedAt = this.time.nanoTime();
			}
			creations = List.copyOf(this.creations);
		}
		// What was being created is closed, too, as soon as it is there
		creations.forEach((creation) -> closed.add(creation.thenCompose((created) -> closeLeases())));
		closed.add(closeLeases());
		return CompletableFuture.allOf(closed.toArray(CompletableFuture[]::new));
	}

	private CompletableFuture<Void> closeLeases() {
		return CompletableFuture
			.allOf(leases().stream().map(DefaultSessionLease::closeAsync).toArray(CompletableFuture[]::new));
	}

	private List<DefaultSessionLease> leases() {
		synchronized (this.lock) {
			return List.copyOf(this.leases);
		}
	}

}

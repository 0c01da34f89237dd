package com.comfydeploy.sample;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeaseEvent;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.Gpu;

/**
 * Stores the leases to show, including the most recent ones that have ended, and sends
 * them to browsers with each event.
 */
@Component
class LeaseBoard {

	/** After this time, a browser reconnects automatically. */
	private static final Duration LIMIT = Duration.ofMinutes(15);

	private static final int SIZE = 20;

	private final SessionLeases leases;

	private final AsyncTaskExecutor executor;

	private final Map<String, ShownLease> board = new LinkedHashMap<>();

	private final Set<SseEmitter> browsers = ConcurrentHashMap.newKeySet();

	LeaseBoard(SessionLeases leases, AsyncTaskExecutor applicationTaskExecutor) {
		this.leases = leases;
		this.executor = applicationTaskExecutor;
	}

	/**
	 * Add values that events do not contain.
	 */
	void describe(String sessionId, String url, @Nullable Gpu gpu, @Nullable BigDecimal dollarsPerSecond) {
		synchronized (this.board) {
			this.board.computeIfPresent(sessionId, (id, lease) -> lease.described(url, gpu, dollarsPerSecond));
		}
		sendToAll();
	}

	@EventListener
	void add(SessionLeaseEvent event) {
		String owner = this.leases.find(event.getSessionId()).map(SessionLease::owner).orElse(null);
		synchronized (this.board) {
			this.board.compute(event.getSessionId(),
					(id, lease) -> ((lease != null) ? lease : ShownLease.opened(id, owner)).with(event.getType()));
			if (this.board.size() > SIZE) {
				this.board.values()
					.stream()
					.filter((lease) -> lease.ended() != null)
					.findFirst()
					.ifPresent((lease) -> this.board.remove(lease.sessionId()));
			}
		}
		sendToAll();
	}

	List<ShownLease> leases() {
		Map<String, Instant> deadlines = new LinkedHashMap<>();
		this.leases.active().forEach((lease) -> deadlines.put(lease.sessionId(), lease.expiresAt()));
		synchronized (this.board) {
			return this.board.values().stream().map((lease) -> lease.until(deadlines.get(lease.sessionId()))).toList();
		}
	}

	/**
	 * Return an emitter that sends all leases immediately, and again with each event.
	 */
	SseEmitter connect() {
		SseEmitter browser = new SseEmitter(LIMIT.toMillis());
		browser.onCompletion(() -> this.browsers.remove(browser));
		browser.onTimeout(browser::complete);
		this.browsers.add(browser);
		send(browser);
		return browser;
	}

	private void sendToAll() {
		this.browsers.forEach(this::send);
	}

	/**
	 * Send the leases on a separate thread, so that a slow browser delays neither the
	 * calling thread of a lease nor other browsers. The leases are read only when they
	 * are sent, so they are never older than those that were sent before.
	 */
	private void send(SseEmitter browser) {
		try {
			this.executor.execute(() -> {
				synchronized (browser) {
					try {
						browser.send(leases());
					}
					catch (IOException | IllegalStateException ex) {
						this.browsers.remove(browser);
					}
				}
			});
		}
		catch (TaskRejectedException ex) {
			browser.complete();
		}
	}

	@EventListener(ContextClosedEvent.class)
	void close() {
		this.browsers.forEach(SseEmitter::complete);
	}

	/**
	 * Lease to show.
	 *
	 * @param sessionId the id of the session
	 * @param url the URL of ComfyUI, or {@code null} if the session is not ready yet
	 * @param owner the owner, or {@code null} if none was set
	 * @param gpu the GPU, or {@code null} if it is not known yet
	 * @param dollarsPerSecond the price, or {@code null} if it is not known
	 * @param since the time at which it was opened
	 * @param until the deadline of the session, or {@code null} if it has ended
	 * @param ended the time at which it ended, or {@code null} if it is open
	 * @param state {@code starting}, {@code held}, {@code closing}, {@code lost},
	 * {@code closed} or {@code unconfirmed}
	 * @param events its events, the oldest first
	 */
	record ShownLease(String sessionId, @Nullable String url, @Nullable String owner, @Nullable Gpu gpu,
			@Nullable BigDecimal dollarsPerSecond, Instant since, @Nullable Instant until, @Nullable Instant ended,
			String state, List<ShownEvent> events) {

		static ShownLease opened(String sessionId, @Nullable String owner) {
			return new ShownLease(sessionId, null, owner, null, null, Instant.now(), null, null, "starting", List.of());
		}

		ShownLease described(String url, @Nullable Gpu gpu, @Nullable BigDecimal dollarsPerSecond) {
			return new ShownLease(this.sessionId, url, this.owner, gpu, dollarsPerSecond, this.since, this.until,
					this.ended, this.state, this.events);
		}

		ShownLease until(@Nullable Instant until) {
			return new ShownLease(this.sessionId, this.url, this.owner, this.gpu, this.dollarsPerSecond, this.since,
					until, this.ended, this.state, this.events);
		}

		ShownLease with(SessionLeaseEvent.Type type) {
			Instant now = Instant.now();
			List<ShownEvent> events = new ArrayList<>(this.events);
			events.add(new ShownEvent(now, type));
			String state = this.state.equals("lost") ? this.state : stateAfter(type);
			boolean ends = Set.of("lost", "closed", "unconfirmed").contains(state) && this.ended == null;
			return new ShownLease(this.sessionId, this.url, this.owner, this.gpu, this.dollarsPerSecond, this.since,
					this.until, ends ? now : this.ended, state,
					List.copyOf(events.subList(Math.max(0, events.size() - SIZE), events.size())));
		}

		private String stateAfter(SessionLeaseEvent.Type type) {
			return switch (type) {
				case OPENED -> "starting";
				case READY -> "held";
				case EXPIRED -> "closing";
				case LOST -> "lost";
				case CLOSED -> "closed";
				case CLOSE_UNCONFIRMED -> "unconfirmed";
				default -> this.state;
			};
		}

	}

	/**
	 * Event to show.
	 *
	 * @param time the time of the event
	 * @param type the type of the event
	 */
	record ShownEvent(Instant time, SessionLeaseEvent.Type type) {

	}

}

package com.comfydeploy.lease;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.NewLease;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.session.SessionOperations;

/**
 * Reports each extension that a {@link HolderProcess} sends before its store has
 * confirmed the minutes. The reason must be that the store is unavailable. The report is
 * complete, but the store may have made a change that it has not confirmed.
 */
final class UnreservedExtensions {

	/** Reason of an extension that should not have been sent. */
	static final String NO_REASON = "although the store is available";

	private final Consumer<String> listener;

	/** The lease of each session. */
	private final Map<String, String> leases = new ConcurrentHashMap<>();

	/** The minutes of each lease that the store has confirmed. */
	private final Map<String, Integer> confirmed = new ConcurrentHashMap<>();

	/** The minutes that each session has, or may have. */
	private final Map<String, Integer> granted = new ConcurrentHashMap<>();

	/** Failure of the last call for each lease, or {@code ""}. */
	private final Map<String, String> failures = new ConcurrentHashMap<>();

	private final AtomicInteger running = new AtomicInteger();

	/**
	 * Create an instance.
	 * @param listener receives the session, the minutes and the reason
	 */
	UnreservedExtensions(Consumer<String> listener) {
		this.listener = listener;
	}

	LeaseStore observe(LeaseStore store) {
		return proxy(LeaseStore.class, (method, arguments) -> {
			String lease = leaseId(arguments);
			if (method.getName().equals("update") && arguments[2] != null) {
				this.leases.put((String) arguments[2], lease);
			}
			this.running.incrementAndGet();
			long begin = System.nanoTime();
			try {
				Object result = HolderStore.invoke(method, store, arguments);
				Duration took = Duration.ofNanos(System.nanoTime() - begin);
				this.failures.put(lease, (took.compareTo(StoreConnection.BRIEF) < 0) ? ""
						: "because the store has responded after " + took.toMillis() + " ms");
				if (result == StoreResult.DONE) {
					confirm(lease, arguments);
				}
				return result;
			}
			catch (Throwable ex) {
				this.failures.put(lease, "because the store failed: " + ex.getMessage());
				throw ex;
			}
			finally {
				this.running.decrementAndGet();
			}
		});
	}

	private static String leaseId(Object @Nullable [] arguments) {
		Object first = (arguments != null) ? arguments[0] : null;
		return (first instanceof NewLease lease) ? lease.hold().leaseId()
				: (first instanceof LeaseHold hold) ? hold.leaseId() : "";
	}

	private void confirm(String lease, Object[] arguments) {
		if (arguments[0] instanceof NewLease added) {
			this.confirmed.put(lease, added.minutes());
		}
		else if (arguments[1] instanceof Integer minutes) {
			this.confirmed.put(lease, minutes);
		}
	}

	SessionOperations observe(SessionOperations operations) {
		return proxy(SessionOperations.class, (method, arguments) -> {
			if (!method.getName().equals("increaseTimeout")) {
				Object result = HolderStore.invoke(method, operations, arguments);
				return method.getName().equals("with") ? observe((SessionOperations) result) : result;
			}
			String sessionId = (String) arguments[0];
			int by = (int) ((Duration) arguments[1]).toMinutes();
			String lease = this.leases.getOrDefault(sessionId, "");
			int confirmed = this.confirmed.getOrDefault(lease, 0);
			int needed = this.granted.getOrDefault(sessionId, 1) + by;
			if (needed > confirmed) {
				this.listener.accept(sessionId + " " + (needed - confirmed) + " " + reason(lease));
			}
			try {
				Object result = HolderStore.invoke(method, operations, arguments);
				this.granted.put(sessionId, needed);
				return result;
			}
			catch (Throwable ex) {
				if (!(ex instanceof ComfyDeployApiException)) {
					this.granted.put(sessionId, needed);
				}
				throw ex;
			}
		});
	}

	private String reason(String lease) {
		String failure = this.failures.getOrDefault(lease, "");
		if (!failure.isEmpty()) {
			return failure;
		}
		return (this.running.get() > 0) ? "because the store has not responded" : NO_REASON;
	}

	private static <T> T proxy(Class<T> type, Handler handler) {
		return type
			.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, arguments) -> {
				if (method.getDeclaringClass() == Object.class) {
					return HolderStore.invoke(method, handler, arguments);
				}
				return handler.handle(method, arguments);
			}));
	}

	/**
	 * Handles a call.
	 */
	private interface Handler {

		Object handle(Method method, Object[] arguments) throws Throwable;

	}

}

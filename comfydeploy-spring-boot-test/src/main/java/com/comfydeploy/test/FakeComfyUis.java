package com.comfydeploy.test;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * ComfyUIs of the sessions, one for each.
 */
final class FakeComfyUis {

	private final ComfyUiVersion version;

	private final Duration renderTime;

	private final FakeClock clock;

	private final FakeFaults faults;

	/** By their paths. */
	private final Map<String, Entry> entries = new ConcurrentHashMap<>();

	FakeComfyUis(ComfyUiVersion version, Duration renderTime, FakeClock clock, FakeFaults faults) {
		this.version = version;
		this.renderTime = renderTime;
		this.clock = clock;
		this.faults = faults;
	}

	/**
	 * Add the ComfyUI of a session.
	 * @return its path
	 */
	String add(String sessionId) {
		String path = "/" + sessionId.substring(0, 8);
		this.entries.put(path,
				new Entry(sessionId, new ComfyUiRoutes(path, this.version, this.clock, this.renderTime, this.faults)));
		return path;
	}

	/**
	 * Find the ComfyUI below a path.
	 * @param isUp whether a session's container runs
	 * @return the ComfyUI, or {@code null} if there is none that is up
	 */
	@Nullable ComfyUiRoutes find(String path, Predicate<String> isUp) {
		Entry entry = this.entries.get(path);
		return (entry != null && isUp.test(entry.sessionId())) ? entry.routes() : null;
	}

	void restart() {
		this.entries.values().forEach((entry) -> entry.routes().restart());
	}

	void deleteOutputs() {
		this.entries.values().forEach((entry) -> entry.routes().deleteOutputs());
	}

	void clear() {
		this.entries.clear();
	}

	/**
	 * Session and its ComfyUI.
	 *
	 * @param sessionId the session's id
	 * @param routes its endpoints
	 */
	private record Entry(String sessionId, ComfyUiRoutes routes) {

	}

}

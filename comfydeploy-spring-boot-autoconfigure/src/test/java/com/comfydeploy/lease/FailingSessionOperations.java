package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

import com.comfydeploy.lease.SimulatedFailures.Call;
import com.comfydeploy.lease.SimulatedFailures.Calls;
import com.comfydeploy.lease.SimulatedFailures.Failure;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

/**
 * {@link SessionOperations} with configurable failures. A poll is called {@code await}
 * until it has found the session ready, and {@code get} from then on.
 */
class FailingSessionOperations extends UnsupportedSessionOperations {

	final Calls calls;

	private final SessionOperations delegate;

	private final VirtualTime time;

	private final Map<String, Deque<Failure>> faults;

	private Function<String, Failure> otherwise;

	private final FailingSessionOperations root;

	private CallOptions options = CallOptions.builder().build();

	FailingSessionOperations(SessionOperations delegate, VirtualTime time) {
		this.delegate = delegate;
		this.time = time;
		this.calls = new Calls();
		this.faults = new HashMap<>();
		this.otherwise = (operation) -> SimulatedFailures.NONE;
		this.root = this;
	}

	private FailingSessionOperations(FailingSessionOperations root, CallOptions options) {
		this.delegate = root.delegate;
		this.time = root.time;
		this.calls = root.calls;
		this.faults = root.faults;
		this.root = root;
		this.options = options;
	}

	/**
	 * Let the next calls of an operation fail, one for each fault.
	 */
	void fail(String operation, Failure... faults) {
		this.faults.computeIfAbsent(operation, (key) -> new ArrayDeque<>()).addAll(List.of(faults));
	}

	/**
	 * Set the failures of all calls without a failure of their own.
	 */
	void failAll(Function<String, Failure> faults) {
		this.root.otherwise = faults;
	}

	@SuppressWarnings("unchecked")
	private <T> T call(String operation, Supplier<T> call) {
		this.calls.add(new Call(operation, this.time.elapsed(), this.options.readTimeout(),
				this.options.retry() == null || this.options.retry().maxAttempts() > 1));
		Deque<Failure> faults = this.faults.get(operation);
		Failure fault = (faults != null && !faults.isEmpty()) ? faults.remove() : this.root.otherwise.apply(operation);
		return (T) fault.apply(operation, call::get);
	}

	@Override
	public Session get(String sessionId) {
		return call("get", () -> this.delegate.get(sessionId));
	}

	@Override
	public Optional<Session> find(String sessionId) {
		Optional<Session> found = call(this.calls.starting.contains(sessionId) ? "await" : "get",
				() -> this.delegate.find(sessionId));
		found.filter(Session::isReady).ifPresent((session) -> this.calls.starting.remove(sessionId));
		return found;
	}

	@Override
	public List<Session> list() {
		return this.delegate.list();
	}

	@Override
	public List<Session> list(String machineId) {
		return this.delegate.list(machineId);
	}

	@Override
	public CreatedSession create(CreateSessionRequest request) {
		return call("create", () -> {
			CreatedSession created = this.delegate.create(request);
			this.calls.starting.add(created.sessionId());
			return created;
		});
	}

	@Override
	public CreatedSession createDynamic(CreateDynamicSessionRequest request) {
		return call("create-dynamic", () -> {
			CreatedSession created = this.delegate.createDynamic(request);
			this.calls.starting.add(created.sessionId());
			return created;
		});
	}

	@Override
	public void increaseTimeout(String sessionId, Duration extension) {
		call("increase-timeout", () -> {
			this.delegate.increaseTimeout(sessionId, extension);
			return true;
		});
	}

	@Override
	public boolean cancel(String sessionId) {
		this.calls.starting.remove(sessionId);
		return call("cancel", () -> this.delegate.cancel(sessionId));
	}

	@Override
	public SessionOperations with(CallOptions options) {
		return new FailingSessionOperations(this, options);
	}

}

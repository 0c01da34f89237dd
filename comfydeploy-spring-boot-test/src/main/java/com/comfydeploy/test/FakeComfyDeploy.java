package com.comfydeploy.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

import com.sun.net.httpserver.HttpServer;
import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;
import com.comfydeploy.machine.Machine;

/**
 * Fake of the ComfyDeploy session API in this process, on a loopback port. It manages
 * sessions and their deadlines, and its error responses have the same form as those of
 * the real server.
 *
 * <pre class="code">
 * try (FakeComfyDeploy comfyDeploy = FakeComfyDeploy.start()) {
 *     // comfydeploy.base-url = comfyDeploy.getBaseUrl()
 *     // comfydeploy.bearer = comfyDeploy.getBearer()
 * }
 * </pre>
 *
 * A session becomes ready when its {@linkplain Builder#startup(Duration) startup} time
 * has elapsed. It ends at its deadline, or when the
 * {@linkplain Builder#shutdown(Duration) shutdown} time after a cancel has elapsed.
 * {@link #advance(Duration)} advances the clock of the fake. If the fake is
 * {@linkplain Builder#frozen() frozen}, its clock stands still between calls of this
 * method.
 * <p>
 * When a session is ready, its URL leads to a small fake of ComfyUI in this process. This
 * fake accepts workflows that consist of a few well-known nodes, and paints a gradient
 * with the prompt's text.
 * <p>
 * {@link #fail(Fault)} adds a fault, {@link #requests()} returns the requests, and
 * {@link #reset()} lets several tests share a fake.
 * <p>
 * If the builder does not set {@linkplain Builder#machines(Machine...) machines}, any
 * UUID is accepted as the id of a machine that supports sessions. Lists of machines then
 * contain one machine: {@value #MACHINE_NAME}, with the id {@value #MACHINE_ID}.
 */
public final class FakeComfyDeploy implements AutoCloseable {

	static {
		// Otherwise the JDK's server delays small bodies by 40 ms. The property is read
		// once, with the first server of the JVM.
		if (System.getProperty("sun.net.httpserver.nodelay") == null) {
			System.setProperty("sun.net.httpserver.nodelay", "true");
		}
	}

	/** Id of the machine that exists by default. */
	public static final String MACHINE_ID = "00000000-0000-4000-8000-000000000001";

	/** Name of the machine that exists by default. */
	public static final String MACHINE_NAME = "fake-machine";

	private final HttpServer server;

	private final ExecutorService executor;

	private final String bearer;

	private final FakeClock clock;

	private final FakeFaults faults = new FakeFaults();

	private final RequestJournal<RecordedRequest> journal = new RequestJournal<>((request) -> request.body().length());

	private final FakeSessions sessions;

	private final FakeComfyUis comfyUis;

	private final RequestJournal<ComfyUiRequest> comfyUiJournal = new RequestJournal<>(ComfyUiRequest::size);

	private final ComfyUiServer comfyUiServer;

	private FakeComfyDeploy(Builder builder) {
		this.bearer = builder.bearer;
		this.clock = new FakeClock(builder.clock);
		FakeMachines machines = builder.fakeMachines();
		this.comfyUis = new FakeComfyUis(builder.comfyUiVersion, builder.renderTime, this.clock, this.faults);
		CustomizableThreadFactory threadFactory = new CustomizableThreadFactory("fake-comfydeploy-");
		threadFactory.setDaemon(true);
		this.executor = Executors.newCachedThreadPool(threadFactory);
		this.comfyUiServer = new ComfyUiServer(this.executor, this::comfyUi, this.faults, this.clock,
				this.comfyUiJournal);
		this.sessions = new FakeSessions(this.clock, this.faults,
				new FakeStart(builder.spawn, builder.startup, false, true), builder.shutdown, machines,
				builder.freePlan, (id) -> this.comfyUiServer.url(this.comfyUis.add(id)));
		try {
			this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), builder.port), 0);
		}
		catch (IOException ex) {
			this.comfyUiServer.close();
			throw new UncheckedIOException("Cannot listen on port " + builder.port, ex);
		}
		this.server.setExecutor(this.executor);
		this.server.createContext("/", new FakeApi(this.bearer,
				new SessionRoutes(this.sessions, machines, builder.machineKey), this.faults, this.clock, this.journal));
		this.server.start();
		this.comfyUiServer.start();
	}

	private @Nullable ComfyUiRoutes comfyUi(String path) {
		return this.comfyUis.find(path, this.sessions::isRunning);
	}

	/**
	 * Start a fake with the default settings of the {@linkplain #builder() builder}.
	 * @return the fake
	 */
	public static FakeComfyDeploy start() {
		return builder().start();
	}

	/**
	 * Create a builder with the default settings.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Return the base URL, for {@code comfydeploy.base-url}.
	 * @return a URL on the loopback interface
	 */
	public String getBaseUrl() {
		return "http://localhost:" + this.server.getAddress().getPort() + "/api";
	}

	/**
	 * Return the only token that is accepted, for {@code comfydeploy.bearer}.
	 * @return the token
	 */
	public String getBearer() {
		return this.bearer;
	}

	/**
	 * Advance the time of the fake.
	 * @param duration the time to advance, not negative
	 */
	public void advance(Duration duration) {
		this.clock.advance(duration);
	}

	/**
	 * Add a fault. It happens to a later call.
	 * @param fault the fault
	 */
	public void fail(Fault fault) {
		this.faults.add(fault);
	}

	/**
	 * Remove all faults. Sessions and recorded requests are kept.
	 */
	public void clearFaults() {
		this.faults.clear();
	}

	/**
	 * Return the latest requests in the order of their arrival, including those that
	 * failed: 10,000 at most, and 64 MB of bodies.
	 * @return an immutable list
	 */
	public List<RecordedRequest> requests() {
		return this.journal.list();
	}

	/**
	 * Return the requests of one operation.
	 * @param operation the operation, as
	 * {@link com.comfydeploy.error.ComfyDeployException#getOperation()} names it
	 * @return an immutable list
	 */
	public List<RecordedRequest> requests(String operation) {
		Assert.isTrue(SessionRoutes.OPERATIONS.contains(operation),
				() -> "'" + operation + "' must be one of " + SessionRoutes.OPERATIONS);
		return requests().stream().filter((request) -> operation.equals(request.operation())).toList();
	}

	/**
	 * Return the containers that are starting or running, which cost money. A container
	 * may run although the session API no longer knows its session.
	 * @return an immutable list, in the order of their creation
	 */
	public List<RunningContainer> containers() {
		return this.sessions.containers();
	}

	/**
	 * Return the latest requests to the ComfyUIs of the sessions in the order of their
	 * arrival, including the opening of WebSockets: 10,000 at most, and 64 MB.
	 * @return an immutable list
	 */
	public List<ComfyUiRequest> comfyUiRequests() {
		return this.comfyUiJournal.list();
	}

	/**
	 * Restart the ComfyUIs of the sessions. Their queues, histories and temporary
	 * pictures are lost. Other pictures are kept.
	 */
	public void restartComfyUi() {
		this.comfyUis.restart();
	}

	/**
	 * Delete the pictures that the ComfyUIs of the sessions have rendered. The results of
	 * earlier workflows still refer to them.
	 */
	public void deleteComfyUiOutputs() {
		this.comfyUis.deleteOutputs();
	}

	/**
	 * Remove all sessions, faults and recorded requests. The time of the fake does not
	 * change. The connections of open logs are closed.
	 */
	public void reset() {
		this.faults.clear();
		this.sessions.clear();
		this.comfyUis.clear();
		this.journal.clear();
		this.comfyUiJournal.clear();
	}

	/**
	 * Stop the server and free its port.
	 */
	@Override
	public void close() {
		this.server.stop(0);
		this.comfyUiServer.close();
		this.executor.shutdownNow();
	}

	/**
	 * Builder of a {@link FakeComfyDeploy}.
	 */
	public static final class Builder {

		private int port;

		private String bearer = "fake-token";

		private Duration startup = Duration.ZERO;

		private Duration spawn = Duration.ZERO;

		private Duration shutdown = Duration.ZERO;

		private final List<Machine> machines = new ArrayList<>();

		private final List<Machine> deletedMachines = new ArrayList<>();

		private boolean machineKey;

		private boolean freePlan;

		private Clock clock = Clock.systemUTC();

		private ComfyUiVersion comfyUiVersion = ComfyUiVersion.of("0.33.0");

		private Duration renderTime = Duration.ZERO;

		private Builder() {
		}

		/**
		 * Set the port. The default is any free port.
		 * @param port the port, or {@code 0} for any free port
		 * @return this builder
		 */
		public Builder port(int port) {
			this.port = port;
			return this;
		}

		/**
		 * Set the token that is accepted. The default is {@code fake-token}.
		 * @param bearer the token
		 * @return this builder
		 */
		public Builder bearer(String bearer) {
			Assert.hasText(bearer, "bearer must not be blank");
			this.bearer = bearer;
			return this;
		}

		/**
		 * Set the time until a session has its URL. The default is zero: the first GET
		 * returns a session that is ready.
		 * @param startup the time, not negative
		 * @return this builder
		 */
		public Builder startup(Duration startup) {
			this.startup = Arguments.requireNotNegative("startup", startup);
			return this;
		}

		/**
		 * Set the time until the server knows a session's container. If a session is
		 * cancelled before this time, the response is a 400: the session's record is
		 * closed, but the container starts anyway. The default is zero.
		 * @param spawn the time, not negative
		 * @return this builder
		 */
		public Builder spawn(Duration spawn) {
			this.spawn = Arguments.requireNotNegative("spawn", spawn);
			return this;
		}

		/**
		 * Set the time from a cancel until the session has ended. The default is zero.
		 * @param shutdown the time, not negative
		 * @return this builder
		 */
		public Builder shutdown(Duration shutdown) {
			this.shutdown = Arguments.requireNotNegative("shutdown", shutdown);
			return this;
		}

		/**
		 * Add machines that support sessions, by their ids. The fake then rejects all
		 * other ids of machines.
		 * @param machines the ids
		 * @return this builder
		 */
		public Builder machines(String... machines) {
			return machines(Arrays.stream(machines)
				.map((machine) -> TestMachines.ready(machine.toLowerCase(Locale.ROOT)))
				.toArray(Machine[]::new));
		}

		/**
		 * Add machines. The fake then rejects all other ids of machines.
		 * @param machines the machines, for example of {@link TestMachines}
		 * @return this builder
		 */
		public Builder machines(Machine... machines) {
			this.machines.addAll(List.of(machines));
			return this;
		}

		/**
		 * Add deleted machines. As on the real server, lists contain them if the request
		 * does not exclude them, and sessions can still be created on them.
		 * @param machines the machines
		 * @return this builder
		 */
		public Builder deletedMachines(Machine... machines) {
			this.deletedMachines.addAll(List.of(machines));
			return this;
		}

		/**
		 * Set whether the token is the API key of a machine. With such a key, operations
		 * on machines fail with a 403, except for the list of prices. The default is
		 * {@code false}.
		 * @param machineKey whether the token is such a key
		 * @return this builder
		 */
		public Builder machineKey(boolean machineKey) {
			this.machineKey = machineKey;
			return this;
		}

		/**
		 * Set whether the account is on the free plan: one session at a time, of at most
		 * 30 minutes. The default is {@code false}.
		 * @param freePlan whether the account is on the free plan
		 * @return this builder
		 */
		public Builder freePlan(boolean freePlan) {
			this.freePlan = freePlan;
			return this;
		}

		/**
		 * Set the version of ComfyUI that the sessions run. The default is
		 * {@code 0.33.0}. Use {@code 0.3.64} to test a version without jobs, and
		 * {@code 0.3.39} to test a version that chooses the ids of prompts itself and
		 * always interrupts the workflow that is running.
		 * @param version the version, such as {@code 0.33.0}
		 * @return this builder
		 */
		public Builder comfyUiVersion(String version) {
			this.comfyUiVersion = ComfyUiVersion.of(version);
			return this;
		}

		/**
		 * Set how long the ComfyUI of a session renders for each workflow. The default is
		 * zero.
		 * @param renderTime the time, not negative
		 * @return this builder
		 */
		public Builder renderTime(Duration renderTime) {
			this.renderTime = Arguments.requireNotNegative("renderTime", renderTime);
			return this;
		}

		/**
		 * Set the clock of the fake, to which {@link FakeComfyDeploy#advance(Duration)}
		 * adds. The default is the system's clock. With a fixed clock, such as
		 * {@link Clock#fixed(Instant, java.time.ZoneId)}, the test controls the time.
		 * @param clock the clock
		 * @return this builder
		 */
		public Builder clock(Clock clock) {
			Assert.notNull(clock, "clock must not be null");
			this.clock = clock;
			return this;
		}

		/**
		 * Stop the clock, so that only {@link FakeComfyDeploy#advance(Duration)} changes
		 * the time. The test then does not depend on the speed of the machine. A call
		 * that takes time blocks until another thread calls {@code advance}. An example
		 * is a create with {@code waitForServer} and a {@linkplain #startup(Duration)
		 * startup} time.
		 * @return this builder
		 */
		public Builder frozen() {
			return clock(Clock.fixed(Instant.now(), ZoneOffset.UTC));
		}

		/**
		 * Start the fake.
		 * @return the fake, which the caller must close
		 */
		public FakeComfyDeploy start() {
			return new FakeComfyDeploy(this);
		}

		private FakeMachines fakeMachines() {
			List<Machine> all = new ArrayList<>(this.machines);
			if (all.isEmpty()) {
				all.add(TestMachines.builder(MACHINE_ID).name(MACHINE_NAME).build());
			}
			all.addAll(this.deletedMachines);
			return new FakeMachines(all,
					this.deletedMachines.stream().map(Machine::id).collect(Collectors.toUnmodifiableSet()),
					this.machines.isEmpty());
		}

	}

}

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
 * A ComfyDeploy session API in this process, on a loopback port: it keeps sessions, makes
 * them ready, ends them in time and reports errors in the form of the real server.
 *
 * <pre class="code">
 * try (FakeComfyDeploy comfyDeploy = FakeComfyDeploy.start()) {
 *     // comfydeploy.base-url = comfyDeploy.getBaseUrl()
 *     // comfydeploy.bearer = comfyDeploy.getBearer()
 * }
 * </pre>
 *
 * A session is ready once its {@linkplain Builder#startup(Duration) startup} is over, and
 * gone once its time or its {@linkplain Builder#shutdown(Duration) shutdown} is.
 * {@link #advance(Duration)} lets that time pass immediately, and on a fake that is
 * {@linkplain Builder#frozen() frozen} nothing else does.
 * <p>
 * The url of a session that is ready leads to a small ComfyUI in this process. It takes
 * workflows of a few well-known nodes and paints a gradient with the prompt's text.
 * <p>
 * {@link #fail(Fault)} makes something fail, {@link #requests()} shows what arrived, and
 * {@link #reset()} lets several tests share a fake.
 * <p>
 * Any UUID is a machine that sessions can be created on, unless the builder
 * {@linkplain Builder#machines(Machine...) says} which there are. Lists show one,
 * {@value #MACHINE_NAME} with the id {@value #MACHINE_ID}.
 */
public final class FakeComfyDeploy implements AutoCloseable {

	static {
		// Or the JDK's server holds a small response's body back for 40 ms. Read once,
		// with
		// the first server of the JVM.
		if (System.getProperty("sun.net.httpserver.nodelay") == null) {
			System.setProperty("sun.net.httpserver.nodelay", "true");
		}
	}

	/** The id of the machine that there is unless the builder says otherwise. */
	public static final String MACHINE_ID = "00000000-0000-4000-8000-000000000001";

	/** The name of that machine. */
	public static final String MACHINE_NAME = "fake-machine";

	private final HttpServer server;

	private final ExecutorService executor;

	private final String bearer;

	private final FakeClock clock;

	private final FakeFaults faults = new FakeFaults();

	private final RequestJournal journal = new RequestJournal();

	private final FakeSessions sessions;

	private final FakeComfyUis comfyUis;

	private final ComfyUiJournal comfyUiJournal = new ComfyUiJournal();

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
		return this.comfyUis.find(path, this.sessions::isUp);
	}

	/**
	 * Start a fake with the defaults of its {@linkplain #builder() builder}.
	 * @return the fake
	 */
	public static FakeComfyDeploy start() {
		return builder().start();
	}

	/**
	 * Configure a fake.
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
	 * Let time pass for the sessions immediately.
	 * @param duration how much, not negative
	 */
	public void advance(Duration duration) {
		this.clock.advance(duration);
	}

	/**
	 * Make something fail from now on, in addition to the faults that are still to
	 * happen.
	 * @param fault what goes wrong, for which calls and how often
	 */
	public void fail(Fault fault) {
		this.faults.add(fault);
	}

	/**
	 * Make nothing fail any more: forget the faults that are still to happen. Sessions
	 * and recorded requests stay.
	 */
	public void clearFaults() {
		this.faults.clear();
	}

	/**
	 * Return what has been asked of this fake, the latest 10,000 requests in the order
	 * they arrived. One that failed is among them, however it did.
	 * @return an immutable list
	 */
	public List<RecordedRequest> requests() {
		return this.journal.list();
	}

	/**
	 * Return the requests of one operation.
	 * @param operation the operation, by the name that
	 * {@link com.comfydeploy.error.ComfyDeployException#getOperation()} has for it
	 * @return an immutable list
	 */
	public List<RecordedRequest> requests(String operation) {
		Assert.isTrue(SessionRoutes.OPERATIONS.contains(operation),
				() -> "'" + operation + "' must be one of " + SessionRoutes.OPERATIONS);
		return requests().stream().filter((request) -> operation.equals(request.operation())).toList();
	}

	/**
	 * Return the containers that run, or are starting: what costs money. A container may
	 * run on when the session API no longer knows its session.
	 * @return an immutable list, in the order of their creation
	 */
	public List<RunningContainer> containers() {
		return this.sessions.containers();
	}

	/**
	 * Return what has been asked of the ComfyUIs of the sessions, the latest of it in the
	 * order it arrived. The opening of a WebSocket is among them.
	 * @return an immutable list
	 */
	public List<ComfyUiRequest> comfyUiRequests() {
		return this.comfyUiJournal.list();
	}

	/**
	 * Let the ComfyUIs of the sessions forget what waits, what runs and what is over, as
	 * they do when they start again. Pictures stay, but for temporary ones.
	 */
	public void restartComfyUi() {
		this.comfyUis.restart();
	}

	/**
	 * Delete the pictures that the ComfyUIs of the sessions have rendered. A workflow
	 * that has been run before names them all the same.
	 */
	public void deleteComfyUiOutputs() {
		this.comfyUis.deleteOutputs();
	}

	/**
	 * Forget all sessions, faults and recorded requests. Time stays where it is, and logs
	 * that are being streamed break off.
	 */
	public void reset() {
		this.faults.clear();
		this.sessions.clear();
		this.comfyUis.clear();
		this.journal.clear();
		this.comfyUiJournal.clear();
	}

	/**
	 * Stop the server. Its port is free afterwards.
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
		 * Set the port. The default is any that is free.
		 * @param port the port, {@code 0} for any that is free
		 * @return this builder
		 */
		public Builder port(int port) {
			this.port = port;
			return this;
		}

		/**
		 * Set the token to accept. The default is {@code fake-token}.
		 * @param bearer the token
		 * @return this builder
		 */
		public Builder bearer(String bearer) {
			Assert.hasText(bearer, "bearer must not be blank");
			this.bearer = bearer;
			return this;
		}

		/**
		 * Set the time until a session has its url. The default is none: the first GET
		 * finds it ready.
		 * @param startup the time, not negative
		 * @return this builder
		 */
		public Builder startup(Duration startup) {
			this.startup = Arguments.requireNotNegative("startup", startup);
			return this;
		}

		/**
		 * Set the time until the server knows a session's container, before which a
		 * cancel is a 400 and closes the session's record, but does not keep the
		 * container from starting. The default is none.
		 * @param spawn the time, not negative
		 * @return this builder
		 */
		public Builder spawn(Duration spawn) {
			this.spawn = Arguments.requireNotNegative("spawn", spawn);
			return this;
		}

		/**
		 * Set the time from a cancel until the session is gone. The default is none.
		 * @param shutdown the time, not negative
		 * @return this builder
		 */
		public Builder shutdown(Duration shutdown) {
			this.shutdown = Arguments.requireNotNegative("shutdown", shutdown);
			return this;
		}

		/**
		 * Add machines that exist, by their ids: any UUID does no longer. Sessions can be
		 * created on them.
		 * @param machines the ids
		 * @return this builder
		 */
		public Builder machines(String... machines) {
			return machines(Arrays.stream(machines)
				.map((machine) -> TestMachines.ready(machine.toLowerCase(Locale.ROOT)))
				.toArray(Machine[]::new));
		}

		/**
		 * Add machines that exist: any UUID does no longer.
		 * @param machines the machines, such as {@link TestMachines} makes them
		 * @return this builder
		 */
		public Builder machines(Machine... machines) {
			this.machines.addAll(List.of(machines));
			return this;
		}

		/**
		 * Add machines that are deleted: lists have them unless they are asked not to,
		 * and sessions can still be created on them.
		 * @param machines the machines
		 * @return this builder
		 */
		public Builder deletedMachines(Machine... machines) {
			this.deletedMachines.addAll(List.of(machines));
			return this;
		}

		/**
		 * Set whether the token is a machine's own key, which may not ask about machines.
		 * The default is that it is not.
		 * @param machineKey whether it is
		 * @return this builder
		 */
		public Builder machineKey(boolean machineKey) {
			this.machineKey = machineKey;
			return this;
		}

		/**
		 * Set whether the account is on the free plan: one session at a time, of at most
		 * 30 minutes. The default is that it is not.
		 * @param freePlan whether it is
		 * @return this builder
		 */
		public Builder freePlan(boolean freePlan) {
			this.freePlan = freePlan;
			return this;
		}

		/**
		 * Set the version of ComfyUI that the sessions run. The default is
		 * {@code 0.33.0}; {@code 0.3.64} has no jobs, {@code 0.3.39} gives prompts ids of
		 * its own and interrupts whatever runs.
		 * @param version the version, such as {@code 0.33.0}
		 * @return this builder
		 */
		public Builder comfyUiVersion(String version) {
			this.comfyUiVersion = ComfyUiVersion.of(version);
			return this;
		}

		/**
		 * Set how long the ComfyUI of a session takes to render. The default is no time.
		 * @param renderTime the time, not negative
		 * @return this builder
		 */
		public Builder renderTime(Duration renderTime) {
			this.renderTime = Arguments.requireNotNegative("renderTime", renderTime);
			return this;
		}

		/**
		 * Set the clock that time is read from, to which
		 * {@link FakeComfyDeploy#advance(Duration)} adds. The default is the system's;
		 * one that stands still, such as {@link Clock#fixed(Instant, java.time.ZoneId)},
		 * leaves all time to the test.
		 * @param clock the clock
		 * @return this builder
		 */
		public Builder clock(Clock clock) {
			Assert.notNull(clock, "clock must not be null");
			this.clock = clock;
			return this;
		}

		/**
		 * Stop the clock, so that only {@link FakeComfyDeploy#advance(Duration)} lets
		 * time pass and a slow machine sees what a fast one does. Whatever takes time
		 * waits for it: a create that waits for the server, for example, if there is a
		 * {@linkplain #startup(Duration) startup}.
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

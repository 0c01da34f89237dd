package com.comfydeploy.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;

import com.comfydeploy.lease.OnOrphan;

/**
 * Configuration properties for ComfyDeploy.
 */
@ConfigurationProperties("comfydeploy")
public class ComfyDeployProperties {

	/**
	 * API key, sent as bearer token. A blank one counts as absent. Without it, and
	 * without a BearerTokenProvider bean, no client is configured.
	 */
	private @Nullable String bearer;

	/**
	 * Base URL of the server.
	 */
	private String baseUrl = "https://api.comfydeploy.com/api";

	/**
	 * Time to connect in.
	 */
	private Duration connectTimeout = Duration.ofSeconds(5);

	/**
	 * Time for one request, headers and body. A cancel that waits for the shutdown gets
	 * 30 seconds more.
	 */
	private Duration readTimeout = Duration.ofSeconds(30);

	/**
	 * Time for a request to create a session that waits for the server.
	 */
	private Duration waitTimeout = Duration.ofMinutes(11);

	/**
	 * Time between two looks at a session that is awaited.
	 */
	private Duration pollInterval = Duration.ofSeconds(2);

	private final Retry retry = new Retry();

	private final Ssl ssl = new Ssl();

	private final Lease lease = new Lease();

	private final Fake fake = new Fake();

	public @Nullable String getBearer() {
		return this.bearer;
	}

	public void setBearer(@Nullable String bearer) {
		this.bearer = bearer;
	}

	public String getBaseUrl() {
		return this.baseUrl;
	}

	public void setBaseUrl(String baseUrl) {
		this.baseUrl = baseUrl;
	}

	public Duration getConnectTimeout() {
		return this.connectTimeout;
	}

	public void setConnectTimeout(Duration connectTimeout) {
		this.connectTimeout = connectTimeout;
	}

	public Duration getReadTimeout() {
		return this.readTimeout;
	}

	public void setReadTimeout(Duration readTimeout) {
		this.readTimeout = readTimeout;
	}

	public Duration getWaitTimeout() {
		return this.waitTimeout;
	}

	public void setWaitTimeout(Duration waitTimeout) {
		this.waitTimeout = waitTimeout;
	}

	public Duration getPollInterval() {
		return this.pollInterval;
	}

	public void setPollInterval(Duration pollInterval) {
		this.pollInterval = pollInterval;
	}

	public Retry getRetry() {
		return this.retry;
	}

	public Ssl getSsl() {
		return this.ssl;
	}

	public Lease getLease() {
		return this.lease;
	}

	public Fake getFake() {
		return this.fake;
	}

	/**
	 * How failed attempts are repeated.
	 */
	public static class Retry {

		/**
		 * Whether failed requests are tried again.
		 */
		private boolean enabled = true;

		/**
		 * Number of attempts, the first one included.
		 */
		private int maxAttempts = 5;

		/**
		 * Upper bound of the first wait between attempts.
		 */
		private Duration initialInterval = Duration.ofMillis(500);

		/**
		 * Factor from the upper bound of one wait to that of the next.
		 */
		private double multiplier = 2.0;

		/**
		 * Upper bound of any wait that the server did not ask for.
		 */
		private Duration maxInterval = Duration.ofSeconds(10);

		/**
		 * Time from the start of a call after which no attempt begins and no wait ends.
		 */
		private Duration maxElapsedTime = Duration.ofMinutes(2);

		/**
		 * Whether failures without a response are tried again, as far as the operation
		 * allows it.
		 */
		private boolean retryConnectionErrors = true;

		/**
		 * Whether operations that are not idempotent are tried again as if they were.
		 * Creating twice may buy two sessions.
		 */
		private boolean retryNonIdempotent = false;

		public boolean isEnabled() {
			return this.enabled;
		}

		public void setEnabled(boolean enabled) {
			this.enabled = enabled;
		}

		public int getMaxAttempts() {
			return this.maxAttempts;
		}

		public void setMaxAttempts(int maxAttempts) {
			this.maxAttempts = maxAttempts;
		}

		public Duration getInitialInterval() {
			return this.initialInterval;
		}

		public void setInitialInterval(Duration initialInterval) {
			this.initialInterval = initialInterval;
		}

		public double getMultiplier() {
			return this.multiplier;
		}

		public void setMultiplier(double multiplier) {
			this.multiplier = multiplier;
		}

		public Duration getMaxInterval() {
			return this.maxInterval;
		}

		public void setMaxInterval(Duration maxInterval) {
			this.maxInterval = maxInterval;
		}

		public Duration getMaxElapsedTime() {
			return this.maxElapsedTime;
		}

		public void setMaxElapsedTime(Duration maxElapsedTime) {
			this.maxElapsedTime = maxElapsedTime;
		}

		public boolean isRetryConnectionErrors() {
			return this.retryConnectionErrors;
		}

		public void setRetryConnectionErrors(boolean retryConnectionErrors) {
			this.retryConnectionErrors = retryConnectionErrors;
		}

		public boolean isRetryNonIdempotent() {
			return this.retryNonIdempotent;
		}

		public void setRetryNonIdempotent(boolean retryNonIdempotent) {
			this.retryNonIdempotent = retryNonIdempotent;
		}

	}

	/**
	 * What TLS is made with.
	 */
	public static class Ssl {

		/**
		 * Name of the SSL bundle to use.
		 */
		private @Nullable String bundle;

		public @Nullable String getBundle() {
			return this.bundle;
		}

		public void setBundle(@Nullable String bundle) {
			this.bundle = bundle;
		}

	}

	/**
	 * How sessions are held.
	 */
	public static class Lease {

		/**
		 * Time that a new session begins with, and that each extension adds. Whole
		 * minutes.
		 */
		private Duration extension = Duration.ofMinutes(5);

		/**
		 * Time left when a lease is extended. Less than an extension.
		 */
		private Duration renewBefore = Duration.ofMinutes(2);

		/**
		 * Time after which a lease closes itself. It is never extended past it.
		 */
		private Duration maxLifetime = Duration.ofHours(1);

		/**
		 * Time for a new session to be ready in.
		 */
		private Duration readyTimeout = Duration.ofMinutes(10);

		/**
		 * Time to wait for a closed session to be gone, and for all of them when the
		 * application stops.
		 */
		private Duration shutdownTimeout = Duration.ofSeconds(20);

		/**
		 * Interval between polls of a session that is held. Zero polls only before an
		 * extension.
		 */
		private Duration checkInterval = Duration.ofSeconds(30);

		/**
		 * Number of leases that may be open at the same time: of this JVM, or of all that
		 * share the store. Without it there is no limit.
		 */
		private @Nullable Integer maxOpen;

		/**
		 * Minutes that may be granted within 24 hours: to this JVM, or to all that share
		 * the store. Without it there is no limit.
		 */
		private @Nullable Integer maxGpuMinutesPerDay;

		/**
		 * Time to wait for a place when a limit is reached.
		 */
		private Duration acquireTimeout = Duration.ofSeconds(0);

		/**
		 * Where leases are remembered beyond the life of the JVM.
		 */
		private Store store = Store.NONE;

		/**
		 * What becomes of the leases of a JVM that died.
		 */
		private OnOrphan onOrphan = OnOrphan.CANCEL;

		/**
		 * Identifies this JVM in the store. A stable one takes its own leases over at
		 * once when it starts again. Random unless set.
		 */
		private @Nullable String instanceId;

		private final File file = new File();

		private final Jdbc jdbc = new Jdbc();

		public @Nullable Integer getMaxGpuMinutesPerDay() {
			return this.maxGpuMinutesPerDay;
		}

		public void setMaxGpuMinutesPerDay(@Nullable Integer maxGpuMinutesPerDay) {
			this.maxGpuMinutesPerDay = maxGpuMinutesPerDay;
		}

		public Store getStore() {
			return this.store;
		}

		public void setStore(Store store) {
			this.store = store;
		}

		public OnOrphan getOnOrphan() {
			return this.onOrphan;
		}

		public void setOnOrphan(OnOrphan onOrphan) {
			this.onOrphan = onOrphan;
		}

		public @Nullable String getInstanceId() {
			return this.instanceId;
		}

		public void setInstanceId(@Nullable String instanceId) {
			this.instanceId = instanceId;
		}

		public File getFile() {
			return this.file;
		}

		public Jdbc getJdbc() {
			return this.jdbc;
		}

		public Duration getExtension() {
			return this.extension;
		}

		public void setExtension(Duration extension) {
			this.extension = extension;
		}

		public Duration getRenewBefore() {
			return this.renewBefore;
		}

		public void setRenewBefore(Duration renewBefore) {
			this.renewBefore = renewBefore;
		}

		public Duration getMaxLifetime() {
			return this.maxLifetime;
		}

		public void setMaxLifetime(Duration maxLifetime) {
			this.maxLifetime = maxLifetime;
		}

		public Duration getReadyTimeout() {
			return this.readyTimeout;
		}

		public void setReadyTimeout(Duration readyTimeout) {
			this.readyTimeout = readyTimeout;
		}

		public Duration getShutdownTimeout() {
			return this.shutdownTimeout;
		}

		public void setShutdownTimeout(Duration shutdownTimeout) {
			this.shutdownTimeout = shutdownTimeout;
		}

		public Duration getCheckInterval() {
			return this.checkInterval;
		}

		public void setCheckInterval(Duration checkInterval) {
			this.checkInterval = checkInterval;
		}

		public @Nullable Integer getMaxOpen() {
			return this.maxOpen;
		}

		public void setMaxOpen(@Nullable Integer maxOpen) {
			this.maxOpen = maxOpen;
		}

		public Duration getAcquireTimeout() {
			return this.acquireTimeout;
		}

		public void setAcquireTimeout(Duration acquireTimeout) {
			this.acquireTimeout = acquireTimeout;
		}

		/**
		 * Where leases are remembered.
		 */
		public enum Store {

			/** Nowhere. */
			NONE,

			/** In a file, for one JVM. */
			FILE,

			/**
			 * In the database of the application's DataSource, for any number of JVMs.
			 */
			JDBC

		}

		/**
		 * The store in a file.
		 */
		public static class File {

			/**
			 * File in which leases are remembered, on a disk that outlives the JVM.
			 */
			private Path path = Path.of("comfydeploy-leases.log");

			public Path getPath() {
				return this.path;
			}

			public void setPath(Path path) {
				this.path = path;
			}

		}

		/**
		 * The store in a database.
		 */
		public static class Jdbc {

			/**
			 * When to create the tables of the leases.
			 */
			private InitializeSchema initializeSchema = InitializeSchema.EMBEDDED;

			public InitializeSchema getInitializeSchema() {
				return this.initializeSchema;
			}

			public void setInitializeSchema(InitializeSchema initializeSchema) {
				this.initializeSchema = initializeSchema;
			}

		}

		/**
		 * When tables are created.
		 */
		public enum InitializeSchema {

			/** When the application starts, unless they are there. */
			ALWAYS,

			/** The same, in a database that lives in the memory of this JVM only. */
			EMBEDDED,

			/** Never. */
			NEVER

		}

	}

	/**
	 * A fake ComfyDeploy in the application, for development without an account.
	 */
	public static class Fake {

		/**
		 * Whether to run a fake ComfyDeploy in the application and to use it instead of
		 * the real one. Takes comfydeploy-spring-boot-test on the class path.
		 */
		private boolean enabled = false;

		/**
		 * Whether a packaged application may use the fake, too.
		 */
		private boolean allowPackaged = false;

		public boolean isEnabled() {
			return this.enabled;
		}

		public void setEnabled(boolean enabled) {
			this.enabled = enabled;
		}

		public boolean isAllowPackaged() {
			return this.allowPackaged;
		}

		public void setAllowPackaged(boolean allowPackaged) {
			this.allowPackaged = allowPackaged;
		}

	}

}

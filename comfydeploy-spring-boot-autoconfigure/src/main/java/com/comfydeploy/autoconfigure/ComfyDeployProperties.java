package com.comfydeploy.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;

import com.comfydeploy.lease.OrphanPolicy;

/**
 * Configuration properties for ComfyDeploy.
 */
@ConfigurationProperties("comfydeploy")
public class ComfyDeployProperties {

	/**
	 * API key, sent as a bearer token. A blank value counts as not set. The client
	 * requires this property or a BearerTokenProvider bean.
	 */
	private @Nullable String bearer;

	/**
	 * Base URL of the ComfyDeploy API.
	 */
	private String baseUrl = "https://api.comfydeploy.com/api";

	/**
	 * Connection timeout, including name lookup, proxy and TLS handshake.
	 */
	private Duration connectTimeout = Duration.ofSeconds(5);

	/**
	 * Timeout of one request, including the response body. The timeout is 30 seconds
	 * longer for a cancel that waits for the shutdown.
	 */
	private Duration readTimeout = Duration.ofSeconds(30);

	/**
	 * Timeout of a create request with 'waitForServer'.
	 */
	private Duration waitTimeout = Duration.ofMinutes(11);

	/**
	 * Interval between polls while waiting for a session to become ready.
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
	 * Retries of failed attempts.
	 */
	public static class Retry {

		/**
		 * Whether to retry failed requests.
		 */
		private boolean enabled = true;

		/**
		 * Maximum number of attempts, including the first one.
		 */
		private int maxAttempts = 5;

		/**
		 * Upper bound of the wait before the second attempt.
		 */
		private Duration initialInterval = Duration.ofMillis(500);

		/**
		 * Factor by which the upper bound grows from one wait to the next.
		 */
		private double multiplier = 2.0;

		/**
		 * Upper bound of every wait, unless the server asks for a longer one.
		 */
		private Duration maxInterval = Duration.ofSeconds(10);

		/**
		 * Maximum time from the start of a call to the start of its last attempt.
		 */
		private Duration maxElapsedTime = Duration.ofMinutes(2);

		/**
		 * Whether to retry attempts without a response. Non-idempotent operations are
		 * retried only if the request was not sent.
		 */
		private boolean retryConnectionErrors = true;

		/**
		 * Whether to retry non-idempotent operations like idempotent ones. A repeated
		 * create may rent two GPUs.
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
	 * TLS.
	 */
	public static class Ssl {

		/**
		 * Name of the SSL bundle to use for the API. Session URLs use the JVM's default
		 * trust.
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
	 * Session leases.
	 */
	public static class Lease {

		/**
		 * Initial timeout of a session, and duration that each extension adds. Must be
		 * whole minutes.
		 */
		private Duration extension = Duration.ofMinutes(5);

		/**
		 * Remaining time at which a lease is extended. Must be less than
		 * 'comfydeploy.lease.extension'.
		 */
		private Duration renewBefore = Duration.ofMinutes(2);

		/**
		 * Maximum lifetime of a lease, after which the lease closes itself.
		 */
		private Duration maxLifetime = Duration.ofHours(1);

		/**
		 * Maximum time to wait for a new session to become ready.
		 */
		private Duration readyTimeout = Duration.ofMinutes(10);

		/**
		 * Maximum time to wait for confirmation that a closed session has ended. When the
		 * application stops, this time applies to all sessions together.
		 */
		private Duration shutdownTimeout = Duration.ofSeconds(20);

		/**
		 * Interval between polls of a ready session. If zero, the session is polled only
		 * before an extension.
		 */
		private Duration checkInterval = Duration.ofSeconds(30);

		/**
		 * Maximum number of leases that are open at the same time: in this JVM, or in all
		 * JVMs that share the store. Unlimited if not set.
		 */
		private @Nullable Integer maxOpen;

		/**
		 * Maximum number of session minutes granted within 24 hours: to this JVM, or to
		 * all JVMs that share the store. Unlimited if not set.
		 */
		private @Nullable Integer maxGpuMinutesPerDay;

		/**
		 * Maximum time that opening a lease waits while a limit is reached.
		 */
		private Duration acquireTimeout = Duration.ofSeconds(0);

		/**
		 * Type of the store that keeps the leases when the JVM has ended.
		 */
		private Store store = Store.NONE;

		/**
		 * Action for the leases of a JVM that has died.
		 */
		private OrphanPolicy onOrphan = OrphanPolicy.CANCEL;

		/**
		 * Identifier of this JVM in the store, random if not set. With a fixed
		 * identifier, a restarted JVM takes over its own leases immediately.
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

		public OrphanPolicy getOnOrphan() {
			return this.onOrphan;
		}

		public void setOnOrphan(OrphanPolicy onOrphan) {
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
		 * Type of the store.
		 */
		public enum Store {

			/** No store. */
			NONE,

			/** A file, for one JVM. */
			FILE,

			/**
			 * The database of the application's DataSource, for any number of JVMs.
			 */
			JDBC

		}

		/**
		 * Store in a file.
		 */
		public static class File {

			/**
			 * File of the store, on a disk that survives the end of the JVM.
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
		 * Store in a database.
		 */
		public static class Jdbc {

			/**
			 * Condition for creating the tables of the store at startup.
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
		 * Condition for creating the tables.
		 */
		public enum InitializeSchema {

			/** Create the tables at startup if they do not exist. */
			ALWAYS,

			/**
			 * Create the tables at startup only if the database is in the memory of this
			 * JVM.
			 */
			EMBEDDED,

			/** Never create the tables. */
			NEVER

		}

	}

	/**
	 * Fake ComfyDeploy in the application, for development without an account.
	 */
	public static class Fake {

		/**
		 * Whether to run a fake ComfyDeploy in the application, and to use it instead of
		 * the real one. Requires 'comfydeploy-spring-boot-test' on the class path.
		 */
		private boolean enabled = false;

		/**
		 * Whether the fake is also allowed in a packaged application.
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

package com.comfydeploy.comfyui;

import java.time.Duration;
import java.util.function.Function;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.internal.http.HttpTransport;
import com.comfydeploy.internal.http.TransportSettings;

/**
 * Builds {@link ComfyUis}. Spring Boot's auto-configuration uses it, and so can an
 * application without Spring. Every setting is checked when it is made, and a wrong one
 * is an {@link IllegalArgumentException}.
 */
public final class ComfyUisBuilder {

	private Duration connectTimeout = Duration.ofSeconds(5);

	private Duration readTimeout = Duration.ofSeconds(30);

	private ReadRetry retry = ReadRetry.DEFAULTS;

	private @Nullable SSLContext sslContext;

	private @Nullable SSLParameters sslParameters;

	private ObservationRegistry observationRegistry = ObservationRegistry.NOOP;

	private Function<String, SessionCheck> sessionChecks = (url) -> SessionCheck.none();

	private Duration searchTime = Duration.ofSeconds(10);

	private TimeSource time = TimeSource.SYSTEM;

	private ComfyUisBuilder() {
	}

	/**
	 * Start with the defaults.
	 * @return a builder
	 */
	public static ComfyUisBuilder create() {
		return new ComfyUisBuilder();
	}

	/**
	 * Set the connection timeout. The default is 5 seconds.
	 * @param connectTimeout more than zero
	 * @return this builder
	 */
	public ComfyUisBuilder connectTimeout(Duration connectTimeout) {
		this.connectTimeout = positive("connectTimeout", connectTimeout);
		return this;
	}

	/**
	 * Set the timeout of one request, headers and body. Files are read and uploaded
	 * within 10 minutes, whatever this says. The default is 30 seconds.
	 * @param readTimeout more than zero
	 * @return this builder
	 */
	public ComfyUisBuilder readTimeout(Duration readTimeout) {
		this.readTimeout = positive("readTimeout", readTimeout);
		return this;
	}

	/**
	 * Set how requests are retried that may be sent twice. Submitting and interrupting
	 * are never retried. The default is 5 attempts, with waits of up to 500 milliseconds
	 * that double up to 10 seconds, for 2 minutes.
	 * @param maxAttempts the first one included, at least 1
	 * @param initialInterval the longest first wait, not negative
	 * @param multiplier by which waits grow, at least 1
	 * @param maxInterval the longest wait, not negative
	 * @param maxElapsedTime no wait ends after it, more than zero
	 * @param retryConnectionErrors whether failures without a response are retried
	 * @return this builder
	 */
	public ComfyUisBuilder retry(int maxAttempts, Duration initialInterval, double multiplier, Duration maxInterval,
			Duration maxElapsedTime, boolean retryConnectionErrors) {
		Assert.isTrue(maxAttempts >= 1, () -> "maxAttempts must be at least 1, but is " + maxAttempts);
		Assert.isTrue(multiplier >= 1, () -> "multiplier must be at least 1, but is " + multiplier);
		this.retry = new ReadRetry(maxAttempts, notNegative("initialInterval", initialInterval), multiplier,
				notNegative("maxInterval", maxInterval), positive("maxElapsedTime", maxElapsedTime),
				retryConnectionErrors);
		return this;
	}

	/**
	 * Set how TLS is done. The default is the JVM's.
	 * @param sslContext the certificates
	 * @param sslParameters the protocols and ciphers, or {@code null} for the context's
	 * @return this builder
	 */
	public ComfyUisBuilder ssl(SSLContext sslContext, @Nullable SSLParameters sslParameters) {
		Assert.notNull(sslContext, "sslContext must not be null");
		this.sslContext = sslContext;
		this.sslParameters = sslParameters;
		return this;
	}

	/**
	 * Set the registry in which calls are observed. The default is none.
	 * @param observationRegistry the registry
	 * @return this builder
	 */
	public ComfyUisBuilder observationRegistry(ObservationRegistry observationRegistry) {
		Assert.notNull(observationRegistry, "observationRegistry must not be null");
		this.observationRegistry = observationRegistry;
		return this;
	}

	/**
	 * Set how the session behind a url is checked while something waits for it. The
	 * default is not at all.
	 * @param sessionChecks finds the check for a url, for {@link ComfyUis#at(String)}
	 * @return this builder
	 */
	public ComfyUisBuilder sessionChecks(Function<String, SessionCheck> sessionChecks) {
		Assert.notNull(sessionChecks, "sessionChecks must not be null");
		this.sessionChecks = sessionChecks;
		return this;
	}

	/** Set how long a submission without a response is searched for. */
	ComfyUisBuilder searchTime(Duration searchTime) {
		this.searchTime = searchTime;
		return this;
	}

	/** Set the time, for tests that own it. */
	ComfyUisBuilder time(TimeSource time) {
		this.time = time;
		return this;
	}

	/**
	 * Build the client.
	 * @return the client, which holds connections and is to be closed
	 */
	public ComfyUiClient build() {
		return new ComfyUiClient(
				new HttpTransport(new TransportSettings("comfydeploy-comfyui", this.connectTimeout, this.sslContext,
						this.sslParameters)),
				new ComfyUiSockets(this.connectTimeout, this.sslContext, this.sslParameters),
				new ComfyUiObservations(this.observationRegistry), this.sessionChecks,
				new ComfyUiSettings(this.readTimeout, this.retry, this.searchTime, this.time));
	}

	private static Duration positive(String name, Duration duration) {
		Assert.isTrue(duration != null && !duration.isNegative() && !duration.isZero(),
				() -> name + " must be more than zero, but is " + duration);
		return duration;
	}

	private static Duration notNegative(String name, Duration duration) {
		Assert.isTrue(duration != null && !duration.isNegative(),
				() -> name + " must not be negative, but is " + duration);
		return duration;
	}

}

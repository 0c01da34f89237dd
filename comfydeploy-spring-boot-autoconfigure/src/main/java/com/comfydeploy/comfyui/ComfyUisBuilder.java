package com.comfydeploy.comfyui;

import java.time.Duration;
import java.util.function.Function;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;
import com.comfydeploy.internal.http.HttpTransport;
import com.comfydeploy.internal.http.TransportSettings;

/**
 * Builder of a {@link ComfyUiClient}. Spring Boot's auto-configuration uses it. An
 * application without Spring can use it too. Each method throws an
 * {@link IllegalArgumentException} for an invalid value.
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

	private SignalWaiter time = SignalWaiter.SYSTEM;

	private ComfyUisBuilder() {
	}

	/**
	 * Create a builder with the default settings.
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
		this.connectTimeout = Arguments.requirePositive("connectTimeout", connectTimeout);
		return this;
	}

	/**
	 * Set the timeout of one request, including the response body. The default is 30
	 * seconds. Requests that transfer files have a timeout of 10 minutes instead, and end
	 * if no data is transferred for the read timeout.
	 * @param readTimeout more than zero
	 * @return this builder
	 */
	public ComfyUisBuilder readTimeout(Duration readTimeout) {
		this.readTimeout = Arguments.requirePositive("readTimeout", readTimeout);
		return this;
	}

	/**
	 * Set how idempotent requests are retried. Submitting and interrupting are never
	 * retried. The default is 5 attempts within 2 minutes, with waits that double from
	 * 500 milliseconds to 10 seconds.
	 * @param maxAttempts including the first, at least 1
	 * @param initialInterval the upper bound of the wait before the second attempt, not
	 * negative
	 * @param multiplier the factor by which the upper bound grows from one wait to the
	 * next, at least 1
	 * @param maxInterval the upper bound of every wait, not negative
	 * @param maxElapsedTime the maximum time from the start of the first attempt to the
	 * start of the last, more than zero
	 * @param retryConnectionErrors whether failures without a response are retried
	 * @return this builder
	 */
	public ComfyUisBuilder retry(int maxAttempts, Duration initialInterval, double multiplier, Duration maxInterval,
			Duration maxElapsedTime, boolean retryConnectionErrors) {
		Assert.isTrue(maxAttempts >= 1, () -> "maxAttempts must be at least 1, but is " + maxAttempts);
		Assert.isTrue(multiplier >= 1, () -> "multiplier must be at least 1, but is " + multiplier);
		this.retry = new ReadRetry(maxAttempts, Arguments.requireNotNegative("initialInterval", initialInterval),
				multiplier, Arguments.requireNotNegative("maxInterval", maxInterval),
				Arguments.requirePositive("maxElapsedTime", maxElapsedTime), retryConnectionErrors);
		return this;
	}

	/**
	 * Set the TLS configuration. The default is the JVM's.
	 * @param sslContext the certificates
	 * @param sslParameters the protocols and ciphers, or {@code null} for those of the
	 * context
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
	 * Set how the session at a URL is checked. By default, it is not checked.
	 * @param sessionChecks returns the check for a URL that is passed to
	 * {@link ComfyUis#at(String)}
	 * @return this builder
	 */
	public ComfyUisBuilder sessionChecks(Function<String, SessionCheck> sessionChecks) {
		Assert.notNull(sessionChecks, "sessionChecks must not be null");
		this.sessionChecks = sessionChecks;
		return this;
	}

	/** Set the time to search for a submission whose response was lost. */
	ComfyUisBuilder searchTime(Duration searchTime) {
		this.searchTime = searchTime;
		return this;
	}

	/** Set the source of time, for tests. */
	ComfyUisBuilder time(SignalWaiter time) {
		this.time = time;
		return this;
	}

	/**
	 * Build the client.
	 * @return the client, which holds connections and must be closed
	 */
	public ComfyUiClient build() {
		return new ComfyUiClient(
				new HttpTransport(new TransportSettings("comfydeploy-comfyui", this.connectTimeout, this.sslContext,
						this.sslParameters)),
				new ComfyUiSockets(this.connectTimeout, this.sslContext, this.sslParameters),
				new ComfyUiObservations(this.observationRegistry), this.sessionChecks,
				new ComfyUiSettings(this.readTimeout, this.retry, this.searchTime, this.time));
	}

}

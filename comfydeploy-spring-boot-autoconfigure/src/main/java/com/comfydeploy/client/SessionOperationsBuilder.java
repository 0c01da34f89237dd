package com.comfydeploy.client;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.client.observation.ClientRequestObservationConvention;
import org.springframework.util.Assert;
import org.springframework.web.client.RestClient;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployExceptionTranslator;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.internal.http.HttpTransport;
import com.comfydeploy.internal.http.TransportSettings;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.internal.json.JsonCodecs;
import com.comfydeploy.internal.observation.SafeObservations;
import com.comfydeploy.session.RetrySettings;

/**
 * Builder of a {@link SessionClient}. Spring Boot's auto-configuration uses it. An
 * application can use it for a second client, for example for another account. Each
 * method throws an {@link IllegalArgumentException} for an invalid value.
 */
public final class SessionOperationsBuilder {

	private final BearerTokenProvider tokenProvider;

	private BaseUrl baseUrl = BaseUrl.parse("https://api.comfydeploy.com/api");

	private Duration connectTimeout = Duration.ofSeconds(5);

	private Duration readTimeout = Duration.ofSeconds(30);

	private Duration waitTimeout = Duration.ofMinutes(11);

	private Duration pollInterval = Duration.ofSeconds(2);

	private RetrySettings retry = RetrySettings.defaults();

	private @Nullable SSLContext sslContext;

	private @Nullable SSLParameters sslParameters;

	private ComfyDeployExceptionTranslator exceptionTranslator = ComfyDeployApiException::of;

	private final List<ComfyDeployRestClientCustomizer> customizers = new ArrayList<>();

	private ObservationRegistry observationRegistry = ObservationRegistry.NOOP;

	private @Nullable SessionObservationConvention observationConvention;

	private @Nullable ClientRequestObservationConvention attemptObservationConvention;

	private final List<CallListener> callListeners = new ArrayList<>();

	private RetryListener retryListener = (retry) -> {
	};

	private SessionOperationsBuilder(BearerTokenProvider tokenProvider) {
		this.tokenProvider = tokenProvider;
	}

	/**
	 * Create a builder.
	 * @param tokenProvider provides the token of each request
	 * @return a builder
	 */
	public static SessionOperationsBuilder authorizedBy(BearerTokenProvider tokenProvider) {
		Assert.notNull(tokenProvider, "tokenProvider must not be null");
		return new SessionOperationsBuilder(tokenProvider);
	}

	/**
	 * Set the server. The default is {@code https://api.comfydeploy.com/api}.
	 * @param baseUrl an absolute HTTP or HTTPS URL without user info, query or fragment,
	 * with or without a trailing slash
	 * @return this builder
	 */
	public SessionOperationsBuilder baseUrl(String baseUrl) {
		this.baseUrl = BaseUrl.parse(baseUrl);
		return this;
	}

	/**
	 * Set the connection timeout. It limits the whole time for looking up the name,
	 * connecting to the server or the proxy, and the TLS handshake. The read timeout
	 * includes this time. The default is 5 seconds.
	 * @param connectTimeout at least a millisecond
	 * @return this builder
	 */
	public SessionOperationsBuilder connectTimeout(Duration connectTimeout) {
		this.connectTimeout = checkTimeout("connectTimeout", connectTimeout);
		return this;
	}

	/**
	 * Set the timeout of one attempt, from connecting to the last byte of the body. The
	 * default is 30 seconds.
	 * @param readTimeout at least a millisecond
	 * @return this builder
	 */
	public SessionOperationsBuilder readTimeout(Duration readTimeout) {
		this.readTimeout = checkTimeout("readTimeout", readTimeout);
		return this;
	}

	/**
	 * Set the timeout of a create with {@code waitForServer}. The default is 11 minutes.
	 * @param waitTimeout at least a millisecond
	 * @return this builder
	 */
	public SessionOperationsBuilder waitTimeout(Duration waitTimeout) {
		this.waitTimeout = checkTimeout("waitTimeout", waitTimeout);
		return this;
	}

	/**
	 * Set the interval between polls while waiting for a session to become ready. The
	 * default is 2 seconds.
	 * @param pollInterval at least a millisecond
	 * @return this builder
	 */
	public SessionOperationsBuilder pollInterval(Duration pollInterval) {
		this.pollInterval = checkTimeout("pollInterval", pollInterval);
		return this;
	}

	/**
	 * Set how failed attempts are retried. The default is
	 * {@link RetrySettings#defaults()}.
	 * @param retry the settings
	 * @return this builder
	 */
	public SessionOperationsBuilder retry(RetrySettings retry) {
		Assert.notNull(retry, "retry must not be null");
		this.retry = retry;
		return this;
	}

	/**
	 * Set the TLS configuration. The default is that of the JVM.
	 * @param context the trusted certificates and those of the client
	 * @param parameters protocols and ciphers, or {@code null} for those of the context
	 * @return this builder
	 */
	public SessionOperationsBuilder ssl(SSLContext context, @Nullable SSLParameters parameters) {
		Assert.notNull(context, "context must not be null");
		this.sslContext = context;
		this.sslParameters = parameters;
		return this;
	}

	/**
	 * Set the translator of error responses to exceptions. The default is
	 * {@link ComfyDeployApiException#of}.
	 * @param exceptionTranslator the translator
	 * @return this builder
	 */
	public SessionOperationsBuilder exceptionTranslator(ComfyDeployExceptionTranslator exceptionTranslator) {
		Assert.notNull(exceptionTranslator, "exceptionTranslator must not be null");
		this.exceptionTranslator = exceptionTranslator;
		return this;
	}

	/**
	 * Add a customizer of the {@link RestClient}. Customizers are applied last, in order.
	 * @param customizer the customizer
	 * @return this builder
	 */
	public SessionOperationsBuilder customizer(ComfyDeployRestClientCustomizer customizer) {
		Assert.notNull(customizer, "customizer must not be null");
		this.customizers.add(customizer);
		return this;
	}

	/**
	 * Set the registry of observations. By default, nothing is observed.
	 * @param observationRegistry the registry
	 * @return this builder
	 */
	public SessionOperationsBuilder observationRegistry(ObservationRegistry observationRegistry) {
		Assert.notNull(observationRegistry, "observationRegistry must not be null");
		this.observationRegistry = observationRegistry;
		return this;
	}

	/**
	 * Set the names and tags of the observations of calls.
	 * @param observationConvention the convention, or {@code null} to use that of the
	 * registry, or the default if the registry has none
	 * @return this builder
	 */
	public SessionOperationsBuilder observationConvention(
			@Nullable SessionObservationConvention observationConvention) {
		this.observationConvention = observationConvention;
		return this;
	}

	/**
	 * Set the names and tags of the observations of attempts,
	 * {@code http.client.requests}. Use the convention of the application's own clients:
	 * Prometheus requires the same tags for all meters with the same name.
	 * @param observationConvention the convention, or {@code null} to use that of the
	 * registry, or Spring's default if the registry has none
	 * @return this builder
	 */
	public SessionOperationsBuilder attemptObservationConvention(
			@Nullable ClientRequestObservationConvention observationConvention) {
		this.attemptObservationConvention = observationConvention;
		return this;
	}

	/**
	 * Set the listener for each retry.
	 * @param retryListener the listener
	 * @return this builder
	 */
	public SessionOperationsBuilder retryListener(RetryListener retryListener) {
		Assert.notNull(retryListener, "retryListener must not be null");
		this.retryListener = retryListener;
		return this;
	}

	/**
	 * Add a listener for the result of each call.
	 * @param callListener the listener
	 * @return this builder
	 */
	public SessionOperationsBuilder callListener(CallListener callListener) {
		Assert.notNull(callListener, "callListener must not be null");
		this.callListeners.add(callListener);
		return this;
	}

	/**
	 * Build the client. It holds connections until it is closed. If it is a bean, Spring
	 * closes it.
	 * @return the client
	 * @throws IllegalStateException if there is neither Jackson 2 nor Jackson 3
	 */
	public SessionClient build() {
		CountDownLatch closed = new CountDownLatch(1);
		return build(JsonCodecs.create(getClass().getClassLoader()), Sleeper.system(closed), closed, BackOff.random());
	}

	SessionClient build(JsonCodec json, Sleeper time, CountDownLatch closed, BackOff backOff) {
		this.baseUrl.warnIfInsecure();
		HttpTransport transport = new HttpTransport(
				new TransportSettings("comfydeploy-http", this.connectTimeout, this.sslContext, this.sslParameters));
		SafeObservations observations = new SafeObservations(this.observationRegistry);
		AttemptSender sender = new RestClientAttemptSender(
				restClient(new SessionHttpRequestFactory(transport, this.readTimeout)), this.baseUrl.toString(),
				this.tokenProvider, transport::isClosed, time, this.retryListener, observations,
				this.attemptObservationConvention);
		CallExecutor executor = new CallExecutor(
				SessionRetry.apply(sender, new SessionRetryPolicy(time, backOff), time), time, this.exceptionTranslator,
				observations, this.observationConvention, this.callListeners);
		return new DefaultSessionClient(executor, new ReadinessPoller(time, this.pollInterval), json,
				new CallSettings(this.retry, this.readTimeout, this.waitTimeout, Map.of(), null), () -> {
					transport.close();
					closed.countDown();
				});
	}

	private RestClient restClient(SessionHttpRequestFactory requestFactory) {
		RestClient.Builder builder = RestClient.builder()
			.baseUrl(this.baseUrl.toString())
			.requestFactory(requestFactory)
			.defaultHeader(HttpHeaders.USER_AGENT, "comfydeploy-spring-boot/" + version())
			.defaultHeader(HttpHeaders.ACCEPT, MediaType.APPLICATION_JSON_VALUE);
		this.customizers.forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	private static Duration checkTimeout(String name, @Nullable Duration timeout) {
		Assert.isTrue(timeout != null && timeout.compareTo(Duration.ofMillis(1)) >= 0,
				() -> name + " must be at least a millisecond, but is " + Durations.format(timeout));
		return Durations.min(timeout, CallSettings.MAX_TIMEOUT);
	}

	private static String version() {
		Properties properties = new Properties();
		try (InputStream resource = SessionOperationsBuilder.class.getResourceAsStream("version.properties")) {
			properties.load(resource);
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot read version.properties", ex);
		}
		return properties.getProperty("version", "unknown");
	}

}

package com.comfydeploy.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import io.micrometer.observation.ObservationRegistry;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.client.observation.ClientRequestObservationConvention;
import org.springframework.web.client.RestClient;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployExceptionTranslator;
import com.comfydeploy.internal.http.HttpTransport;
import com.comfydeploy.internal.http.TransportSettings;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.internal.json.JsonCodecs;
import com.comfydeploy.internal.observation.SafeObservations;
import com.comfydeploy.session.RetrySettings;

/**
 * Builds a {@link SessionClient}. Spring Boot's auto-configuration uses it, and so can an
 * application that needs a second client, for another account for example. Every setting
 * is checked when it is made, and a wrong one is an {@link IllegalArgumentException}.
 */
public final class SessionOperationsBuilder {

	private static final Log logger = LogFactory.getLog(SessionOperationsBuilder.class);

	private final BearerTokenProvider tokenProvider;

	private String baseUrl = "https://api.comfydeploy.com/api";

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
	 * Start with the source of the token.
	 * @param tokenProvider asked for every request
	 * @return a builder
	 */
	public static SessionOperationsBuilder authorizedBy(BearerTokenProvider tokenProvider) {
		return new SessionOperationsBuilder(Arguments.notNull("tokenProvider", tokenProvider));
	}

	/**
	 * Set the server. The default is {@code https://api.comfydeploy.com/api}.
	 * @param baseUrl an absolute http or https URL without user info, query or fragment;
	 * a trailing slash does not matter
	 * @return this builder
	 */
	public SessionOperationsBuilder baseUrl(String baseUrl) {
		this.baseUrl = checkBaseUrl(baseUrl).replaceAll("/+$", "");
		return this;
	}

	/**
	 * Set the connection timeout: the limit for name lookup, connect, proxy and TLS
	 * handshake together, within the read timeout. The default is 5 seconds.
	 * @param connectTimeout more than zero
	 * @return this builder
	 */
	public SessionOperationsBuilder connectTimeout(Duration connectTimeout) {
		this.connectTimeout = checkTimeout(connectTimeout);
		return this;
	}

	/**
	 * Set the time for one attempt, headers and body. The default is 30 seconds.
	 * @param readTimeout more than zero
	 * @return this builder
	 */
	public SessionOperationsBuilder readTimeout(Duration readTimeout) {
		this.readTimeout = checkTimeout(readTimeout);
		return this;
	}

	/**
	 * Set the same for a create that waits for the server. The default is 11 minutes.
	 * @param waitTimeout more than zero
	 * @return this builder
	 */
	public SessionOperationsBuilder waitTimeout(Duration waitTimeout) {
		this.waitTimeout = checkTimeout(waitTimeout);
		return this;
	}

	/**
	 * Set the time between two looks at a session that is awaited. The default is 2
	 * seconds.
	 * @param pollInterval more than zero
	 * @return this builder
	 */
	public SessionOperationsBuilder pollInterval(Duration pollInterval) {
		this.pollInterval = checkTimeout(pollInterval);
		return this;
	}

	/**
	 * Set how failed attempts are repeated. The default is
	 * {@link RetrySettings#defaults()}.
	 * @param retry the settings
	 * @return this builder
	 */
	public SessionOperationsBuilder retry(RetrySettings retry) {
		this.retry = Arguments.notNull("retry", retry);
		return this;
	}

	/**
	 * Set what TLS is made with. The default is the JVM's own.
	 * @param context trusted and own certificates
	 * @param parameters protocols and ciphers, or {@code null} for the context's own
	 * @return this builder
	 */
	public SessionOperationsBuilder ssl(SSLContext context, @Nullable SSLParameters parameters) {
		this.sslContext = context;
		this.sslParameters = parameters;
		return this;
	}

	/**
	 * Set what turns an error response into an exception. The default is
	 * {@link ComfyDeployApiException#of}.
	 * @param exceptionTranslator the translator
	 * @return this builder
	 */
	public SessionOperationsBuilder exceptionTranslator(ComfyDeployExceptionTranslator exceptionTranslator) {
		this.exceptionTranslator = Arguments.notNull("exceptionTranslator", exceptionTranslator);
		return this;
	}

	/**
	 * Add what has the last word on the {@link RestClient}.
	 * @param customizer the customizer
	 * @return this builder
	 */
	public SessionOperationsBuilder customizer(ComfyDeployRestClientCustomizer customizer) {
		this.customizers.add(Arguments.notNull("customizer", customizer));
		return this;
	}

	/**
	 * Set where calls are observed. The default is nowhere.
	 * @param observationRegistry the registry
	 * @return this builder
	 */
	public SessionOperationsBuilder observationRegistry(ObservationRegistry observationRegistry) {
		this.observationRegistry = Arguments.notNull("observationRegistry", observationRegistry);
		return this;
	}

	/**
	 * Set how observations of calls are named and tagged.
	 * @param observationConvention the convention, or {@code null} for that of the
	 * registry, else the default
	 * @return this builder
	 */
	public SessionOperationsBuilder observationConvention(
			@Nullable SessionObservationConvention observationConvention) {
		this.observationConvention = observationConvention;
		return this;
	}

	/**
	 * Set how observations of attempts, {@code http.client.requests}, are named and
	 * tagged. Set that of the application's own clients, as Prometheus keeps one set of
	 * tags for a name.
	 * @param observationConvention the convention, or {@code null} for that of the
	 * registry, else Spring's default
	 * @return this builder
	 */
	public SessionOperationsBuilder attemptObservationConvention(
			@Nullable ClientRequestObservationConvention observationConvention) {
		this.attemptObservationConvention = observationConvention;
		return this;
	}

	/**
	 * Set what is notified of every attempt after the first of a call.
	 * @param retryListener the listener
	 * @return this builder
	 */
	public SessionOperationsBuilder retryListener(RetryListener retryListener) {
		this.retryListener = Arguments.notNull("retryListener", retryListener);
		return this;
	}

	/**
	 * Add a listener for the result of each call.
	 * @param callListener the listener
	 * @return this builder
	 */
	public SessionOperationsBuilder callListener(CallListener callListener) {
		this.callListeners.add(Arguments.notNull("callListener", callListener));
		return this;
	}

	/**
	 * Build the client. It holds connections until it is closed, which Spring does for a
	 * bean.
	 * @return the client
	 * @throws IllegalStateException if there is neither Jackson 2 nor Jackson 3
	 */
	public SessionClient build() {
		CountDownLatch closed = new CountDownLatch(1);
		return build(JsonCodecs.create(getClass().getClassLoader()), TimeSource.system(closed), closed,
				new BackOff(() -> ThreadLocalRandom.current().nextDouble()));
	}

	SessionClient build(JsonCodec json, TimeSource time, CountDownLatch closed, BackOff backOff) {
		warnOfPlainHttp();
		HttpTransport transport = new HttpTransport(
				new TransportSettings("comfydeploy-http", this.connectTimeout, this.sslContext, this.sslParameters));
		SafeObservations observations = new SafeObservations(this.observationRegistry);
		AttemptSender exchange = new RestClientAttemptSender(
				restClient(new SessionHttpRequestFactory(transport, this.readTimeout)), this.baseUrl,
				this.tokenProvider, transport::isClosed, this.retryListener,
				new AttemptObservations(observations, this.attemptObservationConvention));
		CallExecutor caller = new CallExecutor(
				SessionRetry.apply(exchange, new SessionRetryPolicy(time, backOff), time), time,
				this.exceptionTranslator, observations, this.observationConvention, this.callListeners);
		return new DefaultSessionClient(caller, new ReadinessPoller(time, this.pollInterval), json,
				new CallSettings(this.retry, this.readTimeout, this.waitTimeout, Map.of(), null), () -> {
					transport.close();
					closed.countDown();
				});
	}

	private RestClient restClient(SessionHttpRequestFactory requestFactory) {
		RestClient.Builder builder = RestClient.builder()
			.baseUrl(this.baseUrl)
			.requestFactory(requestFactory)
			.defaultHeader(HttpHeaders.USER_AGENT, "comfydeploy-spring-boot/" + version())
			.defaultHeader(HttpHeaders.ACCEPT, MediaType.APPLICATION_JSON_VALUE);
		this.customizers.forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	private void warnOfPlainHttp() {
		String host = URI.create(this.baseUrl).getHost();
		if (!isSecure() && !isLoopback(host)) {
			logger
				.warn("The ComfyDeploy token travels unencrypted to " + host + ": use https in 'comfydeploy.base-url'");
		}
	}

	private boolean isSecure() {
		return "https".equalsIgnoreCase(URI.create(this.baseUrl).getScheme());
	}

	private static boolean isLoopback(String host) {
		if (host.equalsIgnoreCase("localhost") || host.toLowerCase(Locale.ROOT).endsWith(".localhost")) {
			return true;
		}
		try {
			// Literals only: a start looks nothing up
			return (host.startsWith("[") || host.matches("[0-9.]+")) && InetAddress.getByName(host).isLoopbackAddress();
		}
		catch (IOException ex) {
			return false;
		}
	}

	/** The messages do not repeat the URL, which may hold a password. */
	private static String checkBaseUrl(@Nullable String baseUrl) {
		URI uri;
		try {
			uri = new URI((baseUrl != null) ? baseUrl.trim() : "");
		}
		catch (URISyntaxException ex) {
			throw new IllegalArgumentException("must be a URL, but has a wrong character at index " + ex.getIndex());
		}
		check("http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme()),
				"must begin with http:// or https://");
		check(uri.getRawUserInfo() == null && (uri.getRawAuthority() == null || !uri.getRawAuthority().contains("@")),
				"must not have user info");
		check(uri.getHost() != null, "must have a valid host");
		check(uri.getPort() >= -1 && uri.getPort() <= 65535 && uri.getPort() != 0, "must have a valid port");
		check(uri.getRawQuery() == null, "must not have a query");
		check(uri.getRawFragment() == null, "must not have a fragment");
		return uri.toString();
	}

	private static Duration checkTimeout(@Nullable Duration timeout) {
		if (timeout == null || timeout.compareTo(Duration.ofMillis(1)) < 0) {
			throw new IllegalArgumentException("must be at least a millisecond, but is " + Arguments.text(timeout));
		}
		return min(timeout, CallSettings.MAX_TIMEOUT);
	}

	private static void check(boolean condition, String message) {
		if (!condition) {
			throw new IllegalArgumentException(message);
		}
	}

	private static Duration min(Duration one, Duration other) {
		return (one.compareTo(other) <= 0) ? one : other;
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

package com.comfydeploy.autoconfigure;

import javax.net.ssl.SSLParameters;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.ssl.NoSuchSslBundleException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.observation.ClientRequestObservationConvention;
import org.springframework.util.StringUtils;

import com.comfydeploy.client.BearerTokenProvider;
import com.comfydeploy.client.CallListener;
import com.comfydeploy.client.ComfyDeployRestClientCustomizer;
import com.comfydeploy.client.SessionObservationConvention;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployExceptionTranslator;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

/**
 * Configuration of the client.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBean(ComfyDeployConnectionDetails.class)
class ClientConfiguration {

	@Bean
	@ConditionalOnMissingBean
	ComfyDeployExceptionTranslator comfyDeployExceptionTranslator() {
		return ComfyDeployApiException::of;
	}

	/**
	 * Define a view, which Spring does not close: leases and {@link MachineOperations}
	 * need the client until {@link ComfyDeployClient} is destroyed.
	 */
	@Bean
	@ConditionalOnMissingBean
	SessionOperations comfyDeploySessionOperations(ComfyDeployClient client) {
		return client.get().with(CallOptions.builder().build());
	}

	@Bean
	@ConditionalOnMissingBean
	MachineOperations comfyDeployMachineOperations(ComfyDeployClient client) {
		return client.get().machines();
	}

	@Bean
	ComfyDeployClient comfyDeployClient(ComfyDeployProperties properties,
			ComfyDeployConnectionDetails connectionDetails, ObjectProvider<BearerTokenProvider> tokenProvider,
			ComfyDeployExceptionTranslator exceptionTranslator, ObjectProvider<SslBundles> sslBundles,
			ObjectProvider<ObservationRegistry> observationRegistry,
			ObjectProvider<SessionObservationConvention> observationConvention,
			ObjectProvider<ClientRequestObservationConvention> attemptObservationConvention,
			ObjectProvider<RetryMetrics> retryMetrics, ObjectProvider<CallListener> callListeners,
			ObjectProvider<ComfyDeployRestClientCustomizer> customizers) {
		return new ComfyDeployClient(() -> {
			SessionOperationsBuilder builder = SessionOperationsBuilder
				.authorizedBy(tokenProvider.getIfAvailable(() -> resolveToken(connectionDetails)))
				.retry(retrySettings(properties.getRetry()))
				.exceptionTranslator(exceptionTranslator)
				.observationRegistry(observationRegistry.getIfUnique(() -> ObservationRegistry.NOOP))
				.observationConvention(observationConvention.getIfAvailable())
				.attemptObservationConvention(attemptObservationConvention.getIfUnique());
			PropertyCheck.apply("comfydeploy.base-url", connectionDetails.getBaseUrl(), builder::baseUrl);
			configureTimeouts(builder, properties);
			configureSsl(builder, properties.getSsl().getBundle(), sslBundles);
			retryMetrics.ifUnique(
					(metrics) -> builder.retryListener((retry) -> metrics.count(retry.operation(), retry.reason())));
			callListeners.orderedStream().forEach(builder::callListener);
			customizers.orderedStream().forEach(builder::customizer);
			return builder.build();
		});
	}

	private static void configureTimeouts(SessionOperationsBuilder builder, ComfyDeployProperties properties) {
		PropertyCheck.apply("comfydeploy.connect-timeout", properties.getConnectTimeout(), builder::connectTimeout);
		PropertyCheck.apply("comfydeploy.read-timeout", properties.getReadTimeout(), builder::readTimeout);
		PropertyCheck.apply("comfydeploy.wait-timeout", properties.getWaitTimeout(), builder::waitTimeout);
		PropertyCheck.apply("comfydeploy.poll-interval", properties.getPollInterval(), builder::pollInterval);
	}

	private static BearerTokenProvider resolveToken(ComfyDeployConnectionDetails connectionDetails) {
		PropertyCheck.bearer(connectionDetails.getBearer());
		return () -> {
			String bearer = connectionDetails.getBearer();
			return (bearer != null) ? bearer : "";
		};
	}

	private static void configureSsl(SessionOperationsBuilder builder, @Nullable String bundleName,
			ObjectProvider<SslBundles> bundles) {
		if (StringUtils.hasText(bundleName)) {
			PropertyCheck.apply("comfydeploy.ssl.bundle", bundleName, (name) -> {
				SslBundle bundle = resolveSslBundle(name, bundles.getIfAvailable());
				SslOptions options = bundle.getOptions();
				builder.ssl(bundle.createSslContext(),
						new SSLParameters(options.getCiphers(), options.getEnabledProtocols()));
			});
		}
	}

	static SslBundle resolveSslBundle(String name, @Nullable SslBundles bundles) {
		try {
			if (bundles != null) {
				return bundles.getBundle(name);
			}
		}
		catch (NoSuchSslBundleException ex) {
			// Same message as without any bundles
		}
		throw new IllegalArgumentException("must be the name of an SSL bundle, but there is no bundle '" + name + "'");
	}

	static RetrySettings retrySettings(ComfyDeployProperties.Retry properties) {
		RetrySettings.Builder builder = RetrySettings.builder()
			.retryConnectionErrors(properties.isRetryConnectionErrors())
			.retryNonIdempotent(properties.isRetryNonIdempotent());
		PropertyCheck.apply("comfydeploy.retry.max-attempts", properties.getMaxAttempts(), builder::maxAttempts);
		PropertyCheck.apply("comfydeploy.retry.initial-interval", properties.getInitialInterval(),
				builder::initialInterval);
		PropertyCheck.apply("comfydeploy.retry.multiplier", properties.getMultiplier(), builder::multiplier);
		PropertyCheck.apply("comfydeploy.retry.max-interval", properties.getMaxInterval(), builder::maxInterval);
		PropertyCheck.apply("comfydeploy.retry.max-elapsed-time", properties.getMaxElapsedTime(),
				builder::maxElapsedTime);
		return properties.isEnabled() ? builder.build() : RetrySettings.none();
	}

}

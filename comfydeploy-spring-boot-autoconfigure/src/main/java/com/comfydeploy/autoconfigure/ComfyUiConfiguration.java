package com.comfydeploy.autoconfigure;

import javax.net.ssl.SSLParameters;

import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.StringUtils;

import com.comfydeploy.comfyui.ComfyUis;
import com.comfydeploy.comfyui.ComfyUisBuilder;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

/**
 * Configuration of {@link ComfyUis}. Does not depend on a token.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnMissingBean(ComfyUis.class)
class ComfyUiConfiguration {

	@Bean
	LeaseSessionChecks comfyDeployLeaseSessionChecks(ObjectProvider<SessionLeases> leases,
			ObjectProvider<SessionOperations> sessions) {
		return new LeaseSessionChecks(leases, sessions);
	}

	@Bean
	ComfyUis comfyDeployComfyUis(ComfyDeployProperties properties, LeaseSessionChecks sessionChecks,
			ObjectProvider<SslBundles> sslBundles, ObjectProvider<ObservationRegistry> observationRegistry) {
		ComfyUisBuilder builder = ComfyUisBuilder.create()
			.sessionChecks(sessionChecks::find)
			.observationRegistry(observationRegistry.getIfUnique(() -> ObservationRegistry.NOOP));
		PropertyCheck.apply("comfydeploy.connect-timeout", properties.getConnectTimeout(), builder::connectTimeout);
		PropertyCheck.apply("comfydeploy.read-timeout", properties.getReadTimeout(), builder::readTimeout);
		retry(builder, ClientConfiguration.retrySettings(properties.getRetry()));
		String bundle = properties.getSsl().getBundle();
		if (StringUtils.hasText(bundle)) {
			PropertyCheck.apply("comfydeploy.ssl.bundle", bundle, (name) -> configureSsl(builder,
					ClientConfiguration.resolveSslBundle(name, sslBundles.getIfAvailable())));
		}
		return builder.build();
	}

	private static void retry(ComfyUisBuilder builder, RetrySettings settings) {
		builder.retry(settings.maxAttempts(), settings.initialInterval(), settings.multiplier(), settings.maxInterval(),
				settings.maxElapsedTime(), settings.retryConnectionErrors());
	}

	private static void configureSsl(ComfyUisBuilder builder, SslBundle bundle) {
		SslOptions options = bundle.getOptions();
		builder.ssl(bundle.createSslContext(), new SSLParameters(options.getCiphers(), options.getEnabledProtocols()));
	}

}

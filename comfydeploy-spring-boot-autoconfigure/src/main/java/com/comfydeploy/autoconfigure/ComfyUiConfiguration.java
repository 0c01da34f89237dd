package com.comfydeploy.autoconfigure;

import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

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
			ObjectProvider<ObservationRegistry> observationRegistry) {
		ComfyUisBuilder builder = ComfyUisBuilder.create()
			.sessionChecks(sessionChecks::find)
			.observationRegistry(observationRegistry.getIfUnique(() -> ObservationRegistry.NOOP));
		PropertyCheck.apply("comfydeploy.connect-timeout", properties.getConnectTimeout(), builder::connectTimeout);
		PropertyCheck.apply("comfydeploy.read-timeout", properties.getReadTimeout(), builder::readTimeout);
		retry(builder, ClientConfiguration.retrySettings(properties.getRetry()));
		return builder.build();
	}

	private static void retry(ComfyUisBuilder builder, RetrySettings settings) {
		builder.retry(settings.maxAttempts(), settings.initialInterval(), settings.multiplier(), settings.maxInterval(),
				settings.maxElapsedTime(), settings.retryConnectionErrors());
	}

}

package com.comfydeploy.autoconfigure;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Configuration of the counter of retries.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(ComfyDeployConnectionDetails.class)
class RetryMetricsConfiguration {

	@Bean
	RetryMetrics comfyDeployRetryMetrics(ObjectProvider<MeterRegistry> meterRegistry) {
		return (operation,
				reason) -> meterRegistry.ifUnique((registry) -> Counter.builder("comfydeploy.session.retries")
					.description("Retries of ComfyDeploy calls")
					.tag("operation", operation)
					.tag("reason", reason)
					.register(registry)
					.increment());
	}

}

package com.comfydeploy.autoconfigure;

import java.time.Clock;

import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Configuration of the health contributor on Spring Boot 3.
 *
 * @see HealthConfiguration
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnEnabledHealthIndicator("comfydeploy")
@ConditionalOnBean(ComfyDeployClient.class)
class Boot3HealthConfiguration {

	@Bean
	@ConditionalOnMissingBean
	RecentCalls comfyDeployRecentCalls() {
		return new RecentCalls(Clock.systemUTC());
	}

	@Bean
	@ConditionalOnMissingBean(name = { "comfydeployHealthIndicator", "comfydeployHealthContributor" })
	HealthIndicator comfydeployHealthContributor(RecentCalls calls) {
		return () -> {
			RecentCalls.Health health = calls.health();
			return Health.status(health.status()).withDetails(health.details()).build();
		};
	}

}

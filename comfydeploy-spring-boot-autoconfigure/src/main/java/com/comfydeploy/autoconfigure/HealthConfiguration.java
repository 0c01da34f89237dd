package com.comfydeploy.autoconfigure;

import java.time.Clock;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Configuration of the health contributor on Spring Boot 4.
 *
 * @see Boot3HealthConfiguration
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnEnabledHealthIndicator("comfydeploy")
@ConditionalOnBean(ComfyDeployClient.class)
class HealthConfiguration {

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

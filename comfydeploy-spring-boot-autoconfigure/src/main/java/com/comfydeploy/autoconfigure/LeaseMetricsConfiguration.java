package com.comfydeploy.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import com.comfydeploy.lease.SessionLeases;

/**
 * Configuration of the meters of leases.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnSingleCandidate(SessionLeases.class)
class LeaseMetricsConfiguration {

	@Bean
	LeaseMetrics comfyDeployLeaseMetrics(ObjectProvider<SessionLeases> leases,
			ObjectProvider<MeterRegistry> meterRegistry) {
		return new LeaseMetrics(leases, meterRegistry);
	}

}

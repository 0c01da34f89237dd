package com.comfydeploy.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.lease.store.LeaseStore;

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

	@Bean
	LeaseStoreMetrics comfyDeployLeaseStoreMetrics(ObjectProvider<SessionLeases> leases,
			ObjectProvider<LeaseStore> store, ObjectProvider<MeterRegistry> meterRegistry) {
		return new LeaseStoreMetrics(leases, store, meterRegistry);
	}

}

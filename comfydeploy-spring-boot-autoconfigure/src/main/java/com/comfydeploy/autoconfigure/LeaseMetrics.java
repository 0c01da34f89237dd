package com.comfydeploy.autoconfigure;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;

import com.comfydeploy.internal.observation.ObservationFailures;
import com.comfydeploy.lease.SessionLeases;

/**
 * Shows how many leases are open now.
 */
class LeaseMetrics implements SmartInitializingSingleton {

	private final SessionLeases leases;

	private final ObjectProvider<MeterRegistry> meterRegistry;

	LeaseMetrics(SessionLeases leases, ObjectProvider<MeterRegistry> meterRegistry) {
		this.leases = leases;
		this.meterRegistry = meterRegistry;
	}

	@Override
	public void afterSingletonsInstantiated() {
		new ObservationFailures().run("register the gauge of leases",
				() -> this.meterRegistry.ifUnique((registry) -> Gauge
					.builder("comfydeploy.session.leases", this.leases, (leases) -> leases.active().size())
					.description("Leases of ComfyDeploy sessions that are open now")
					.register(registry)));
	}

}

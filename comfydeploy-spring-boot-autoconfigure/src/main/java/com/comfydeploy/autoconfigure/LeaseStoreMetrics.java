package com.comfydeploy.autoconfigure;

import java.util.List;
import java.util.function.ToDoubleFunction;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.util.function.SingletonSupplier;

import com.comfydeploy.internal.observation.ObservationFailures;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.lease.store.StoredLease;

/**
 * Meters of the lease store: the leases of all JVMs, and the refusals by limits.
 */
class LeaseStoreMetrics implements LeaseRefusalListener, SmartInitializingSingleton {

	private static final String PREFIX = "comfydeploy.session.lease";

	private final ObjectProvider<SessionLeases> leases;

	private final ObjectProvider<LeaseStore> store;

	private final SingletonSupplier<MeterRegistry> meterRegistry;

	private final ObservationFailures failures = new ObservationFailures();

	LeaseStoreMetrics(ObjectProvider<SessionLeases> leases, ObjectProvider<LeaseStore> store,
			ObjectProvider<MeterRegistry> meterRegistry) {
		this.leases = leases;
		this.store = store;
		this.meterRegistry = SingletonSupplier.ofNullable(meterRegistry::getIfUnique);
	}

	@Override
	public void afterSingletonsInstantiated() {
		this.failures.run("register the meters of the lease store", this::register);
	}

	private void register() {
		MeterRegistry registry = this.meterRegistry.get();
		if (registry == null) {
			return;
		}
		counter(registry, StoreResult.MAX_OPEN_REACHED);
		counter(registry, StoreResult.MAX_GPU_MINUTES_REACHED);
		if (this.store.getIfUnique() != null) {
			gauge(registry, "stored", "Leases of all JVMs that share the store", List::size);
			gauge(registry, "orphaned", "Leases in the store whose JVM has died", LeaseStoreMetrics::orphaned);
		}
	}

	private static double orphaned(List<StoredLease> leases) {
		return leases.stream().filter((lease) -> !lease.holderAlive()).count();
	}

	private void gauge(MeterRegistry registry, String name, String description,
			ToDoubleFunction<List<StoredLease>> value) {
		Gauge.builder(PREFIX + "s." + name, this.leases.getObject(), (leases) -> value.applyAsDouble(leases.stored()))
			.description(description)
			.register(registry);
	}

	@Override
	public void accept(StoreResult result) {
		this.failures.run("count a refusal by a limit", () -> {
			MeterRegistry registry = this.meterRegistry.get();
			if (registry != null) {
				counter(registry, result).increment();
			}
		});
	}

	private static Counter counter(MeterRegistry registry, StoreResult result) {
		return Counter.builder(PREFIX + ".refusals")
			.description("Leases and extensions that a limit refused")
			.tag("limit", (result == StoreResult.MAX_OPEN_REACHED) ? "max-open" : "max-gpu-minutes-per-day")
			.register(registry);
	}

}

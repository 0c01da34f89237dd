package com.comfydeploy.autoconfigure;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.util.function.SingletonSupplier;

import com.comfydeploy.internal.observation.ObservationFailures;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeaseEvent;
import com.comfydeploy.lease.SessionLeaseEvent.Type;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.Gpu;

/**
 * Meters of leases: the number of open leases, their events, and the paid GPU time.
 */
class LeaseMetrics implements LeaseListener, SmartInitializingSingleton {

	private static final String PREFIX = "comfydeploy.session.lease";

	private final ObjectProvider<SessionLeases> leases;

	private final SingletonSupplier<MeterRegistry> meterRegistry;

	private final ObservationFailures failures = new ObservationFailures();

	/** Leases that are already recorded as ended: a {@code CLOSED} may still follow. */
	private final Set<SessionLease> unconfirmed = Collections
		.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

	LeaseMetrics(ObjectProvider<SessionLeases> leases, ObjectProvider<MeterRegistry> meterRegistry) {
		this.leases = leases;
		this.meterRegistry = SingletonSupplier.ofNullable(meterRegistry::getIfUnique);
	}

	@Override
	public void afterSingletonsInstantiated() {
		MeterRegistry registry = this.meterRegistry.get();
		if (registry != null) {
			this.failures.run("register the meters of leases", () -> register(registry));
		}
	}

	private void register(MeterRegistry registry) {
		Gauge.builder(PREFIX + "s", this.leases.getObject(), (leases) -> leases.active().size())
			.description("Open leases of ComfyDeploy sessions")
			.register(registry);
		for (Type type : Type.values()) {
			counter(registry, type);
		}
	}

	@Override
	public void accept(SessionLeaseEvent event) {
		MeterRegistry registry = this.meterRegistry.get();
		if (registry != null) {
			this.failures.run("record an event of a lease", () -> record(registry, event));
		}
	}

	private void record(MeterRegistry registry, SessionLeaseEvent event) {
		counter(registry, event.getType()).increment();
		switch (event.getType()) {
			case READY -> timer("startup", "Time from the creation of a leased session until it is ready", event)
				.register(registry)
				.record(event.getElapsed());
			case CLOSE_UNCONFIRMED -> {
				this.unconfirmed.add(event.getLease());
				recordHeld(registry, event);
			}
			case CLOSED, LOST -> {
				if (!this.unconfirmed.remove(event.getLease())) {
					recordHeld(registry, event);
				}
			}
			default -> {
			}
		}
	}

	private static Counter counter(MeterRegistry registry, Type type) {
		return Counter.builder(PREFIX + ".events")
			.description("Events of leases of ComfyDeploy sessions")
			.tag("type", type.name())
			.register(registry);
	}

	private static void recordHeld(MeterRegistry registry, SessionLeaseEvent event) {
		timer("held", "Time from the creation of a leased session until its end: the paid GPU time", event)
			.tag("end", event.getType().name())
			.register(registry)
			.record(event.getElapsed());
	}

	private static Timer.Builder timer(String name, String description, SessionLeaseEvent event) {
		Gpu gpu = event.getGpu();
		return Timer.builder(PREFIX + "." + name)
			.description(description)
			.tag("gpu", (gpu != null) ? gpu.value() : "unknown");
	}

}

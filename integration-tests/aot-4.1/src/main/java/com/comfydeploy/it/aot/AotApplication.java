package com.comfydeploy.it.aot;

import java.time.Duration;
import java.util.Optional;

import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;

import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeaseEvent;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionOperations;

/**
 * Application that makes a call of each kind and prints the results.
 */
@SpringBootApplication(proxyBeanMethods = false)
public class AotApplication {

	static final String MACHINE = "00000000-0000-4000-8000-000000000001";

	@Bean
	ApplicationRunner calls(SessionOperations sessions, MachineOperations machines, SessionLeases leases,
			MeterRegistry meterRegistry) {
		return (arguments) -> {
			say("calls begin");
			String id = sessions.create(CreateSessionRequest.forMachine(MACHINE).gpu(Gpu.A10G).build()).sessionId();
			say("ready: " + sessions.awaitReady(id, Duration.ofSeconds(30)).isReady());
			say("get: " + sessions.get(id).gpu());
			try (SessionLog log = sessions.streamLog(id)) {
				say("log: " + log.iterator().next().message());
			}
			say("machine: " + machines.findByName("fake-machine").equals(Optional.of(machines.get(MACHINE))));
			say("event: " + machines.events(MACHINE).get(0).sessionId().equals(id));
			say("price: " + machines.prices().get(0));
			say("list: " + sessions.list().size() + ", of the machine: " + sessions.list(MACHINE).size());
			sessions.increaseTimeout(new IncreaseTimeoutRequest(MACHINE, id, Duration.ofMinutes(5), Gpu.A10G));
			sessions.increaseTimeout(id, Duration.ofMinutes(5));
			say("timeout: " + sessions.get(id).timeout());
			try {
				sessions.create(CreateSessionRequest.forMachine(MACHINE).gpu(Gpu.of("XYZ")).build());
			}
			catch (HttpValidationException ex) {
				say("refused: " + ex.getErrors().get(0).loc());
			}
			String dynamic = sessions.createDynamic(CreateDynamicSessionRequest.builder().gpu(Gpu.T4).build())
				.sessionId();
			say("dynamic: " + sessions.get(dynamic).gpu());
			say("snapshot: " + sessions.snapshot(dynamic, "kept").version());
			sessions.cancel(dynamic);
			say("cancel: " + sessions.cancel(id));
			try (SessionLease lease = leases.open(CreateSessionRequest.forMachine(MACHINE).build())) {
				say("lease: " + lease.url().startsWith("http://localhost:"));
				say("leases: " + leases(meterRegistry));
			}
			say("leases: " + leases(meterRegistry));
			say("creates: " + meterRegistry.get("comfydeploy.session.operation")
				.tag("operation", "create")
				.tag("status", "200")
				.timer()
				.count());
			say("retries of list: "
					+ meterRegistry.get("comfydeploy.session.retries").tag("operation", "list").counter().count());
		};
	}

	@EventListener
	void leaseEvent(SessionLeaseEvent event) {
		say("event: " + event.getType());
	}

	private static double leases(MeterRegistry meterRegistry) {
		return meterRegistry.get("comfydeploy.session.leases").gauge().value();
	}

	private static void say(String what) {
		System.out.println("[" + what + "]");
	}

	public static void main(String[] args) {
		SpringApplication.run(AotApplication.class, args);
	}

}

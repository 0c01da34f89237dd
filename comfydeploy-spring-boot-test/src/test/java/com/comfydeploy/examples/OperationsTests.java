package com.comfydeploy.examples;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import com.comfydeploy.machine.GpuEvent;
import com.comfydeploy.machine.Machine;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionLogEntry;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.session.SessionSnapshot;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest
@AutoConfigureFakeComfyDeploy
class OperationsTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	@Autowired
	SessionOperations sessions;

	@Autowired
	MachineOperations machines;

	@Autowired
	FakeComfyDeploy comfyDeploy;

	@Test
	void sessionIsAwaited() {
		assertThat(url(MACHINE)).startsWith("http://localhost:");
	}

	private String url(String machineId) {
		String id = this.sessions
			.create(CreateSessionRequest.forMachine(machineId).gpu(Gpu.A10G).timeout(Duration.ofMinutes(30)).build())
			.sessionId();
		Session session = this.sessions.awaitReady(id, Duration.ofMinutes(10));
		return session.url();
	}

	@Test
	void machineIsFoundByItsName() {
		assertThat(this.sessions.get(rentByName("fake-machine")).gpu()).isEqualTo(Gpu.A10G);
		assertThat(whatRuns(MACHINE)).hasSize(1);
		assertThat(hourlyPrice(Gpu.A10G)).isEqualByComparingTo("1.2132");
	}

	private String rentByName(String name) {
		Machine machine = this.machines.findByName(name).orElseThrow();
		return this.sessions.create(CreateSessionRequest.forMachine(machine).build()).sessionId();
	}

	private List<String> whatRuns(String machineId) {
		return this.machines.events(machineId)
			.stream()
			.filter((event) -> event.isRunning() && event.sessionId() != null)
			.map(GpuEvent::sessionId)
			.toList();
	}

	private BigDecimal hourlyPrice(Gpu gpu) {
		return this.machines.prices()
			.stream()
			.filter((price) -> price.gpu().equals(gpu))
			.map((price) -> price.perSecond().multiply(BigDecimal.valueOf(3600)))
			.findFirst()
			.orElseThrow();
	}

	@Test
	void dynamicSessionIsSavedAsAMachine() {
		SessionSnapshot snapshot = keep();
		assertThat(snapshot.versionId()).isNotBlank();
	}

	private SessionSnapshot keep() {
		String id = this.sessions
			.createDynamic(CreateDynamicSessionRequest.builder()
				.gpu(Gpu.L40S)
				.dependencies(List.of("cubiq/ComfyUI_IPAdapter_plus@b188a6c"))
				.build())
			.sessionId();
		this.sessions.awaitReady(id, Duration.ofMinutes(10));
		return this.sessions.snapshot(id, "with-ip-adapter");
	}

	@Test
	void logIsReadUntilTheSessionIsReady() {
		String id = this.sessions.create(CreateSessionRequest.forMachine(MACHINE).build()).sessionId();
		List<String> lines = new ArrayList<>();
		try (SessionLog log = this.sessions.streamLog(id)) {
			for (SessionLogEntry entry : log) {
				lines.add(entry.message());
				if (entry.message().equals("Ready")) {
					break; // The server does not end the log
				}
			}
		}
		assertThat(lines).last().isEqualTo("Ready");
	}

	@Test
	void viewHasItsOwnOptions() {
		SessionOperations impatient = this.sessions.with(CallOptions.builder()
			.retry(RetrySettings.none())
			.readTimeout(Duration.ofSeconds(10))
			.header("X-Request-Id", "42")
			.build());
		assertThat(impatient.list()).isEmpty();
		assertThat(this.comfyDeploy.requests("list")).hasSize(1);
	}

}

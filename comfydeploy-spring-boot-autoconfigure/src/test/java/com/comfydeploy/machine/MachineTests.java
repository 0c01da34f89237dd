package com.comfydeploy.machine;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for the values of machines, and for machines that do not support sessions.
 */
class MachineTests {

	private static final Instant TIME = Instant.parse("2026-11-25T23:52:00.5Z");

	@ParameterizedTest
	@CsvSource({ "4", "5", "12" })
	void readyServerlessMachineSupportsSessions(String builder) {
		Machine machine = machine("comfy-deploy-serverless", builder, "ready", Gpu.A10G);
		assertThat(machine.sessionObstacle()).isEmpty();
		assertThat(CreateSessionRequest.forMachine(machine).build())
			.isEqualTo(CreateSessionRequest.forMachine("m1").build());
	}

	@ParameterizedTest
	@CsvSource(nullValues = "null",
			value = { "classic, 4, ready, type is 'classic'", "workspace-v2, 4, ready, type is 'workspace-v2'",
					"quantum, null, melting, type is 'quantum'",
					"comfy-deploy-serverless, 3, ready, builder version is 3",
					"comfy-deploy-serverless, null, ready, builder version is null",
					"comfy-deploy-serverless, four, ready, builder version is four",
					"comfy-deploy-serverless, 4, building, status is 'building'",
					"comfy-deploy-serverless, 4, error, status is 'error'",
					"comfy-deploy-serverless, 4, melting, status is 'melting'" })
	void unsupportedMachineHasAReason(String type, String builder, String status, String reason) {
		Machine machine = machine(type, builder, status, Gpu.A10G);
		assertThatIllegalArgumentException().isThrownBy(() -> CreateSessionRequest.forMachine(machine))
			.withMessageContainingAll("'sdxl'", "m1", reason);
		assertThat(CreateSessionRequest.forMachine(machine.id()).build().machineId()).isEqualTo("m1");
	}

	@Test
	void machineWithoutAGpuNeedsOneInTheRequest() {
		Machine machine = machine("comfy-deploy-serverless", "4", "ready", null);
		CreateSessionRequest.Builder builder = CreateSessionRequest.forMachine(machine);
		assertThatIllegalArgumentException().isThrownBy(builder::build)
			.withMessageContainingAll("m1", "has no GPU: set the GPU of the request");
		assertThat(builder.gpu(Gpu.T4).build().gpu()).isEqualTo(Gpu.T4);
		assertThat(CreateSessionRequest.forMachine("m1").build().gpu()).isNull();
	}

	@Test
	void eventShowsOnlyTheHostOfItsUrl() {
		assertThat(event("https://secret.modal.host/a?b=c")).asString()
			.contains("url=secret.modal.host,", "e1", "s1")
			.doesNotContain("?b=c");
		assertThat(event("not a url")).asString().doesNotContain("not a url");
		assertThat(event(null)).asString().contains("url=null");
	}

	static Stream<Object> values() {
		return Stream.of(machine("comfy-deploy-serverless", "4", "ready", Gpu.A10G), event("https://a.modal.host"),
				new GpuPrice(Gpu.CPU, new BigDecimal("0.000042")));
	}

	@ParameterizedTest
	@MethodSource("values")
	void valuesSurviveJacksonAndSerialization(Object value) throws Exception {
		com.fasterxml.jackson.databind.ObjectMapper jackson2 = new com.fasterxml.jackson.databind.ObjectMapper()
			.registerModule(new JavaTimeModule());
		assertThat(jackson2.readValue(jackson2.writeValueAsBytes(value), value.getClass())).isEqualTo(value);
		tools.jackson.databind.json.JsonMapper jackson3 = new tools.jackson.databind.json.JsonMapper();
		assertThat(jackson3.readValue(jackson3.writeValueAsBytes(value), value.getClass())).isEqualTo(value);
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (ObjectOutputStream output = new ObjectOutputStream(bytes)) {
			output.writeObject(value);
		}
		try (ObjectInputStream input = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
			assertThat(input.readObject()).isEqualTo(value);
		}
	}

	private static Machine machine(String type, String builder, String status, Gpu gpu) {
		return new Machine("m1", "sdxl", type, gpu, status, "3", "v1", builder, null, null, false, TIME, TIME, "u1",
				null);
	}

	private static GpuEvent event(String url) {
		return new GpuEvent("e1", "s1", Gpu.A10G, TIME, TIME, "m1", null, Duration.ofMinutes(15), url, "fc-1", "modal",
				new BigDecimal("0.25"), TIME, TIME, "u1", null);
	}

}

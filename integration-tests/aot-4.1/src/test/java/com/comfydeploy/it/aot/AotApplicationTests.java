package com.comfydeploy.it.aot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the packaged application, which was processed ahead of time without a token.
 */
class AotApplicationTests {

	@Test
	void whenTheTokenIsSetAtRunTimeCallsWork() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().bearer("only-at-run-time").start()) {
			fake.fail(Fault.status(503).on("list"));
			Run run = run(Map.of("COMFYDEPLOY_BEARER", fake.getBearer()), fake);
			assertThat(run.output())
				.contains("Starting AOT-processed AotApplication", "[calls begin]", "[ready: true]", "[get: A10G]",
						"[log: Creating session...]", "[machine: true]", "[event: true]",
						"[price: GpuPrice[gpu=T4, perSecond=0.00018]]", "[list: 1, of the machine: 1]",
						"[timeout: PT20M]", "[refused: [body, gpu]]", "[dynamic: T4]", "[snapshot: 1]",
						"[cancel: true]", "[creates: 2]", "[retries of list: 1.0]")
				.containsSubsequence("[event: OPENED]", "[event: READY]", "[lease: true]", "[leases: 1.0]",
						"[event: CLOSED]", "[leases: 0.0]")
				.doesNotContain("only-at-run-time");
			assertThat(run.exitCode()).isZero();
		}
	}

	@Test
	void whenNoTokenIsSetTheFirstCallNamesTheProperty() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start()) {
			Run run = run(Map.of(), fake);
			assertThat(run.output()).contains("Started AotApplication", "[calls begin]",
					"There is no ComfyDeploy token: set 'comfydeploy.bearer'");
			assertThat(run.exitCode()).isEqualTo(1);
			assertThat(fake.requests()).isEmpty();
		}
	}

	private static Run run(Map<String, String> environment, FakeComfyDeploy fake)
			throws IOException, InterruptedException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dspring.aot.enabled=true", "-jar",
				System.getProperty("application.jar"), "--comfydeploy.base-url=" + fake.getBaseUrl(),
				"--comfydeploy.retry.initial-interval=1ms"));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
		builder.environment().keySet().removeIf((name) -> name.startsWith("COMFYDEPLOY"));
		builder.environment().putAll(environment);
		Process process = builder.start();
		process.getOutputStream().close();
		try (InputStream output = process.getInputStream()) {
			String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
			assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
			return new Run(process.exitValue(), text);
		}
		finally {
			process.destroyForcibly();
		}
	}

	/**
	 * Result of a run of the application.
	 */
	private record Run(int exitCode, String output) {

	}

}

package com.comfydeploy.it.aot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import org.junit.jupiter.api.Test;

import com.comfydeploy.test.FakeComfyDeploy;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the packaged application, which was processed ahead of time without a token.
 */
class AotApplicationTests {

	@Test
	void whenATokenComesAtRunTimeCallsWork() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().bearer("only-at-run-time").start()) {
			WireMockServer server = busyOnceBefore(fake);
			try {
				Run run = run(Map.of("COMFYDEPLOY_BEARER", fake.getBearer()), server);
				assertThat(run.output())
					.contains("Starting AOT-processed AotApplication", "[calls begin]", "[ready: true]", "[get: A10G]",
							"[list: 1, of the machine: 1]", "[timeout: PT20M]", "[refused: [body, gpu]]",
							"[dynamic: T4]", "[snapshot: 1]", "[cancel: true]", "[creates: 1]",
							"[retries of list: 1.0]")
					.doesNotContain("only-at-run-time");
				assertThat(run.exitCode()).isZero();
			}
			finally {
				server.stop();
			}
		}
	}

	@Test
	void whenNoTokenComesTheFirstUseNamesTheProperty() throws Exception {
		WireMockServer server = start();
		try {
			server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(500)));
			Run run = run(Map.of(), server);
			assertThat(run.output()).contains("Started AotApplication", "[calls begin]",
					"There is no ComfyDeploy token: set 'comfydeploy.bearer'");
			assertThat(run.exitCode()).isEqualTo(1);
			server.verify(0, anyRequestedFor(anyUrl()));
		}
		finally {
			server.stop();
		}
	}

	private static WireMockServer busyOnceBefore(FakeComfyDeploy fake) {
		WireMockServer server = start();
		server.stubFor(any(anyUrl()).willReturn(aResponse().proxiedFrom(fake.getBaseUrl().replace("/api", ""))));
		server.stubFor(get(urlEqualTo("/api/sessions")).inScenario("busy")
			.whenScenarioStateIs(Scenario.STARTED)
			.willReturn(aResponse().withStatus(503))
			.willSetStateTo("free"));
		return server;
	}

	private static WireMockServer start() {
		WireMockServer server = new WireMockServer(options().dynamicPort().bindAddress("localhost"));
		server.start();
		return server;
	}

	private static Run run(Map<String, String> environment, WireMockServer server)
			throws IOException, InterruptedException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dspring.aot.enabled=true", "-jar",
				System.getProperty("application.jar"),
				"--comfydeploy.base-url=http://localhost:" + server.port() + "/api",
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
	 * What a run of the application came to.
	 */
	private record Run(int exitCode, String output) {

	}

}

package com.comfydeploy.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that Prometheus has all metrics of the dashboard in the documentation.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "comfydeploy.bearer=", "comfydeploy.retry.initial-interval=1ms",
				"management.prometheus.metrics.export.enabled=true" })
@Timeout(120)
class DashboardTests {

	private static final Path DASHBOARD = Path.of("..", "docs", "grafana-dashboard.json");

	private static final Pattern METRIC = Pattern.compile("\\b(?:comfydeploy|http)_\\w+");

	@Autowired
	private SessionOperations sessions;

	@Autowired
	private SessionLeases leases;

	@Autowired
	private FakeComfyDeploy fake;

	@Value("${local.server.port}")
	private int port;

	@Test
	void everyMetricOfTheDashboardIsPublished() throws Exception {
		this.fake.fail(Fault.status(503).on("list"));
		this.sessions.list();
		this.fake.fail(Fault.slowStart(Duration.ZERO));
		this.leases.open(CreateSessionRequest.forMachine(FakeComfyDeploy.MACHINE_ID).build()).close();
		Set<String> published = published();
		Set<String> used = used();
		assertThat(used).hasSizeGreaterThan(5);
		assertThat(published).containsAll(used);
	}

	private static Set<String> used() throws IOException {
		JsonNode dashboard = JsonMapper.shared().readTree(Files.readString(DASHBOARD));
		assertThat(dashboard.path("panels").valueStream())
			.allSatisfy((panel) -> assertThat(panel.path("targets").valueStream())
				.allSatisfy((target) -> assertThat(target.path("expr").asString()).containsPattern(METRIC)));
		return METRIC.matcher(dashboard.toString()).results().map(MatchResult::group).collect(Collectors.toSet());
	}

	private Set<String> published() throws Exception {
		HttpRequest request = HttpRequest
			.newBuilder(URI.create("http://localhost:" + this.port + "/actuator/prometheus"))
			.build();
		return HttpClient.newHttpClient()
			.send(request, BodyHandlers.ofString())
			.body()
			.lines()
			.filter((line) -> !line.startsWith("#"))
			.map((line) -> line.split("[{ ]", 2)[0])
			.collect(Collectors.toSet());
	}

}

package com.comfydeploy.test;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.test.FakeHttpClient.Response;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests of the {@linkplain Fault faults} of a {@link FakeComfyDeploy}, over plain HTTP.
 */
class FakeComfyDeployFaultTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final Duration STARTUP = Duration.ofMinutes(2);

	private static final Duration MOMENT = Duration.ofMillis(1);

	private final FakeComfyDeploy fake = FakeComfyDeploy.builder().frozen().startup(STARTUP).start();

	private final FakeHttpClient client = new FakeHttpClient(this.fake);

	@AfterEach
	void closeFake() {
		this.fake.close();
	}

	@Test
	void statusHasTheFormOfTheServerAndNoEffect() {
		this.fake.fail(Fault.status(503));
		Response response = create("");
		assertThat(response.status()).isEqualTo(503);
		assertThat(response.header("content-type")).isEqualTo("application/json");
		assertThat(response.body()).isEqualTo("{\"detail\":\"Service Unavailable\"}");
		assertThat(response.header("retry-after")).isNull();
		assertThat(sessions()).isZero();
	}

	@Test
	void statusOf500IsTheTextOfAnUnhandledFailure() {
		this.fake.fail(Fault.status(500));
		Response response = list();
		assertThat(response.status()).isEqualTo(500);
		assertThat(response.header("content-type")).isEqualTo("text/plain; charset=utf-8");
		assertThat(response.body()).isEqualTo("Internal Server Error");
	}

	@ParameterizedTest
	@ValueSource(ints = { 200, 204, 302, 304, 401, 404, 429, 520, 599 })
	void anyStatusIsPossible(int status) {
		this.fake.fail(Fault.status(status));
		assertThat(list().status()).isEqualTo(status);
		assertThat(list().status()).isEqualTo(200);
	}

	@Test
	void statusHasHeadersAndABody() {
		this.fake.fail(Fault.status(429)
			.retryAfter(Duration.ofMinutes(2))
			.header("X-Gateway", "edge")
			.body("text/html", "<h1>Slow down</h1>"));
		Response response = list();
		assertThat(response.status()).isEqualTo(429);
		assertThat(response.header("retry-after")).isEqualTo("120");
		assertThat(response.header("x-gateway")).isEqualTo("edge");
		assertThat(response.header("content-type")).isEqualTo("text/html");
		assertThat(response.body()).isEqualTo("<h1>Slow down</h1>");
	}

	@Test
	void retryAfterCanBeAnything() {
		this.fake.fail(Fault.status(503).header("Retry-After", "soon"));
		assertThat(list().header("retry-after")).isEqualTo("soon");
	}

	@Test
	void statusCanFollowACallThatIsCarriedOut() {
		this.fake.fail(Fault.status(504).carriedOut());
		assertThat(create("").status()).isEqualTo(504);
		assertThat(sessions()).isOne();
	}

	@Test
	void droppedCallIsNotCarriedOut() {
		this.fake.fail(Fault.drop().on("create"));
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> create(""));
		assertThat(sessions()).isZero();
	}

	@Test
	void droppedCallCanBeCarriedOut() {
		this.fake.fail(Fault.drop().carriedOut().on("create"));
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> create(""));
		assertThat(sessions()).isOne();
	}

	@Test
	void delayedCallIsCarriedOutAfterTheDelay() throws Exception {
		this.fake.fail(Fault.delay(Duration.ofSeconds(30)).on("create"));
		CompletableFuture<Response> created = createAsync("");
		untilArrived("create");
		this.fake.advance(Duration.ofSeconds(30).minus(MOMENT));
		assertThat(sessions()).isZero();
		assertThat(created).isNotDone();
		this.fake.advance(MOMENT);
		assertThat(created.get(60, TimeUnit.SECONDS).status()).isEqualTo(200);
		assertThat(sessions()).isOne();
	}

	@Test
	void delayedResponseBelongsToAnImmediateCall() throws Exception {
		this.fake.fail(Fault.delay(Duration.ofSeconds(30)).carriedOut().on("create"));
		CompletableFuture<Response> created = createAsync("");
		untilSessions(1);
		assertThat(created).isNotDone();
		this.fake.advance(Duration.ofSeconds(30));
		assertThat(created.get(60, TimeUnit.SECONDS).status()).isEqualTo(200);
		assertThat(sessions()).isOne();
	}

	@Test
	void faultHappensToTheNextCallByDefault() {
		this.fake.fail(Fault.status(503));
		assertThat(statuses(3)).containsExactly(503, 200, 200);
	}

	@Test
	void faultHappensToTheNextCalls() {
		this.fake.fail(Fault.status(503).times(2));
		assertThat(statuses(4)).containsExactly(503, 503, 200, 200);
	}

	@Test
	void faultHappensUntilReset() {
		this.fake.fail(Fault.status(503).always());
		assertThat(statuses(5)).containsOnly(503);
		this.fake.reset();
		assertThat(statuses(2)).containsOnly(200);
	}

	@Test
	void faultHappensUntilFaultsAreCleared() {
		create("");
		this.fake.fail(Fault.status(503).always());
		assertThat(statuses(2)).containsOnly(503);
		this.fake.clearFaults();
		assertThat(statuses(2)).containsOnly(200);
		assertThat(sessions()).isOne();
		assertThat(this.fake.requests("create")).hasSize(1);
	}

	@Test
	void oldestFaultComesFirst() {
		this.fake.fail(Fault.status(429));
		this.fake.fail(Fault.status(503).times(2));
		assertThat(statuses(4)).containsExactly(429, 503, 503, 200);
	}

	@ParameterizedTest
	@CsvSource({ "get, GET, /session/x, 404", "list, GET, /sessions, 200", "create, POST, /session, 422",
			"create-dynamic, POST, /session/dynamic, 422", "increase-timeout, POST, /session/increase-timeout, 422",
			"increase-timeout, POST, /session/x/increase-timeout, 422", "snapshot, POST, /session/x/snapshot, 404",
			"cancel, DELETE, /session/x, 404", "stream-log, GET, /v2/stream-logs?session_id=x, 404" })
	void faultHappensToAnOperation(String operation, String method, String path, int otherwise) {
		String[] others = SessionRoutes.OPERATIONS.stream()
			.filter((other) -> !other.equals(operation))
			.toArray(String[]::new);
		this.fake.fail(Fault.status(418).on(others).always());
		assertThat(this.client.send(method, path).status()).isEqualTo(otherwise);
		this.fake.fail(Fault.status(503).on(operation));
		assertThat(this.client.send(method, path).status()).isEqualTo(503);
	}

	@Test
	void faultPrecedesTheTokenCheck() {
		this.fake.fail(Fault.status(503));
		assertThat(this.client.send(this.client.anonymous("GET", "/sessions", null)).status()).isEqualTo(503);
		assertThat(this.client.send(this.client.anonymous("GET", "/sessions", null)).status()).isEqualTo(401);
	}

	@Test
	void unknownOperationHasNoFaults() {
		this.fake.fail(Fault.status(503));
		assertThat(this.client.get("/no/such/route").status()).isEqualTo(404);
		assertThat(this.client.send("PUT", "/sessions").status()).isEqualTo(405);
		assertThat(list().status()).isEqualTo(503);
	}

	@Test
	void randomFaultsAreTheSameForTheSameSeed() {
		this.fake.fail(Fault.status(503).randomly(0.3, 42));
		List<Integer> once = statuses(100);
		assertThat(once.stream().filter((status) -> status == 503)).hasSizeBetween(10, 60);
		this.fake.reset();
		this.fake.fail(Fault.status(503).randomly(0.3, 42));
		assertThat(statuses(100)).isEqualTo(once);
		this.fake.reset();
		this.fake.fail(Fault.status(503).randomly(0.3, 43));
		assertThat(statuses(100)).isNotEqualTo(once);
	}

	@Test
	void randomFaultsHappenAtMostTheGivenTimes() {
		this.fake.fail(Fault.status(503).randomly(1, 42).times(2));
		assertThat(statuses(3)).containsExactly(503, 503, 200);
		this.fake.fail(Fault.status(503).times(1).randomly(0, 42));
		assertThat(statuses(20)).containsOnly(200);
	}

	@Test
	void slowStartAppliesToTheNextSessions() {
		this.fake.fail(Fault.slowStart(Duration.ofMinutes(10)).times(2));
		String slow = id(create(""));
		String slowToo = id(createDynamic());
		String usual = id(create(""));
		assertThat(this.client.get("/session/" + usual).status()).isEqualTo(200);
		this.fake.advance(STARTUP);
		assertThat(List.of(hasUrl(slow), hasUrl(slowToo), hasUrl(usual))).containsExactly(false, false, true);
		this.fake.advance(Duration.ofMinutes(8));
		assertThat(List.of(hasUrl(slow), hasUrl(slowToo), hasUrl(usual))).containsOnly(true);
	}

	@Test
	void slowStartAppliesToOneKindOfCreate() {
		this.fake.fail(Fault.slowStart(Duration.ofMinutes(10)).on("create-dynamic"));
		String usual = id(create(""));
		String slow = id(createDynamic());
		this.fake.advance(STARTUP);
		assertThat(List.of(hasUrl(usual), hasUrl(slow))).containsExactly(true, false);
	}

	@Test
	void rejectedStartKeepsTheFault() {
		this.fake.fail(Fault.failedStart());
		assertThat(this.client.post("/session", "{}").status()).isEqualTo(422);
		String failed = id(create(""));
		this.fake.advance(STARTUP);
		assertThat(this.client.get("/session/" + failed).status()).isEqualTo(404);
	}

	@Test
	void failedStartIsGoneWhenItWouldBeReady() {
		this.fake.fail(Fault.failedStart());
		String id = id(create(""));
		this.fake.advance(STARTUP.minus(MOMENT));
		assertThat(hasUrl(id)).isFalse();
		assertThat(sessions()).isOne();
		this.fake.advance(MOMENT);
		assertThat(this.client.get("/session/" + id)).satisfies((response) -> {
			assertThat(response.status()).isEqualTo(404);
			assertThat(response.body()).isEqualTo("{\"detail\":\"GPUEvent not found\"}");
		});
		assertThat(sessions()).isZero();
		assertThat(hasUrl(id(create("")))).isFalse();
		this.fake.advance(STARTUP);
		assertThat(sessions()).isOne();
	}

	@Test
	void createThatWaitsForAFailedStartFails() throws Exception {
		this.fake.fail(Fault.failedStart());
		CompletableFuture<Response> created = createAsync(",\"wait_for_server\":true");
		untilSessions(1);
		this.fake.advance(STARTUP);
		assertThat(created.get(60, TimeUnit.SECONDS)).satisfies((response) -> {
			assertThat(response.status()).isEqualTo(500);
			assertThat(response.body()).isEqualTo("{\"detail\":\"Session creation failed\"}");
		});
		assertThat(sessions()).isZero();
	}

	@Test
	void dynamicCreateOfAFailedStartHasNoUrl() throws Exception {
		this.fake.fail(Fault.failedStart());
		CompletableFuture<Response> created = this.client
			.sendAsync(this.client.request("POST", "/session/dynamic", "{\"gpu\":\"T4\",\"wait_for_server\":true}"));
		untilSessions(1);
		assertThat(created).isNotDone();
		this.fake.advance(STARTUP);
		Response response = created.get(60, TimeUnit.SECONDS);
		assertThat(response.status()).isEqualTo(200);
		assertThat(response.body()).matches("\\{\"session_id\":\"[0-9a-f-]{36}\",\"url\":null}");
		assertThat(hasUrl(id(response))).isFalse();
		assertThat(this.client.delete("/session/" + id(response)).body()).isEqualTo("{\"success\":true}");
		assertThat(this.client.get("/session/" + id(response)).status()).isEqualTo(404);
	}

	@Test
	void faultIsCheckedWhenItIsBuilt() {
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.status(199));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.status(600));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.delay(Duration.ofSeconds(-1)));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.slowStart(Duration.ofSeconds(-1)));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.drop().times(0));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.drop().randomly(1.1, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.drop().randomly(Double.NaN, 0));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.drop().on());
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.drop().on("delete"))
			.withMessageContaining("'delete' must be one of [get, list, create, create-dynamic, increase-timeout, "
					+ "snapshot, cancel, stream-log, machine-list, machine-get, machine-events, "
					+ "machine-prices, comfyui-submit, comfyui-job, ");
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.failedStart().on("get"))
			.withMessageContaining("'get' must be one of [create, create-dynamic]");
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.status(429).retryAfter(Duration.ofMillis(1500)));
		assertThatIllegalStateException().isThrownBy(() -> Fault.drop().retryAfter(Duration.ofSeconds(1)));
		assertThatIllegalStateException().isThrownBy(() -> Fault.drop().body("text/plain", "lost"));
		assertThatIllegalStateException().isThrownBy(() -> Fault.failedStart().carriedOut());
		assertThatIllegalStateException().isThrownBy(() -> Fault.cancelWithoutEffect().carriedOut());
		assertThatIllegalStateException().isThrownBy(() -> Fault.truncated().carriedOut());
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.slowContainer(Duration.ofSeconds(-1)));
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.cancelWithoutEffect().on("get"))
			.withMessageContaining("'get' must be one of [cancel]");
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.deadlineForgotten().on("list"))
			.withMessageContaining("'list' must be one of [get, increase-timeout]");
		assertThatIllegalArgumentException().isThrownBy(() -> Fault.deadlinesUnavailable().on("snapshot"))
			.withMessageContaining("[get, list, create, create-dynamic, increase-timeout, cancel]");
	}

	@Test
	void faultIsDescribed() {
		assertThat(Fault.drop().carriedOut().on("create").times(2))
			.hasToString("drop, carried out {on=[create], times=2}");
		assertThat(List.of(Fault.slowStart(Duration.ofSeconds(5)), Fault.failedStart(),
				Fault.slowContainer(Duration.ofSeconds(5)), Fault.noContainer(), Fault.failedExpiry(),
				Fault.deadlinesUnavailable(), Fault.deadlineForgotten(), Fault.cancelWithoutEffect()))
			.extracting((fault) -> fault.toString().replaceAll(" \\{.*", ""))
			.containsExactly("start after PT5S", "failed start", "container after PT5S", "no container",
					"failed expiry", "deadlines unavailable", "deadline forgotten", "cancel without effect");
	}

	private Response create(String fields) {
		return this.client.post("/session", createBody(fields));
	}

	private CompletableFuture<Response> createAsync(String fields) {
		return this.client.sendAsync(this.client.request("POST", "/session", createBody(fields)));
	}

	private static String createBody(String fields) {
		return "{\"machine_id\":\"" + MACHINE + "\"" + fields + "}";
	}

	private Response createDynamic() {
		return this.client.post("/session/dynamic", "{\"gpu\":\"T4\"}");
	}

	private static String id(Response created) {
		assertThat(created.status()).as(created.body()).isEqualTo(200);
		return created.json().get("session_id").asText();
	}

	private Response list() {
		return this.client.get("/sessions");
	}

	private int sessions() {
		return list().json().size();
	}

	private List<Integer> statuses(int calls) {
		return IntStream.range(0, calls).mapToObj((i) -> list().status()).toList();
	}

	private boolean hasUrl(String id) {
		Response response = this.client.get("/session/" + id);
		assertThat(response.status()).as(response.body()).isEqualTo(200);
		return !response.json().get("url").isNull();
	}

	private void untilSessions(int count) {
		Waiting.until(() -> sessions() == count);
	}

	private void untilArrived(String operation) {
		Waiting.until(() -> sessions() >= 0 && !this.fake.requests(operation).isEmpty());
	}

}

package com.comfydeploy.test;

import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Locale;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.test.FakeHttpClient.Response;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the responses of a {@link FakeComfyDeploy} to requests that it cannot carry
 * out.
 */
class FakeComfyDeployErrorTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final String OTHER_MACHINE = "00000000-0000-4000-8000-000000000002";

	private static final String UNKNOWN = "99999999-9999-4999-8999-999999999999";

	private FakeComfyDeploy fake;

	private FakeHttpClient client;

	@AfterEach
	void closeFake() {
		this.fake.close();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', nullValues = "-", textBlock = """
			-                 | Invalid or missing token
			Bearer            | Invalid or missing token
			Basic fake-token  | Invalid or missing token
			bearer fake-token | Invalid or missing token
			fake-token        | Invalid or missing token
			Bearer wrong      | Invalid or expired token
			Bearer  fake-token | Invalid or expired token
			Bearer FAKE-TOKEN | Invalid or expired token
			""")
	void tokenIsChecked(String authorization, String detail) {
		start(FakeComfyDeploy.builder());
		assertError(sendWith(authorization, "GET", "/sessions", null), 401, detail);
	}

	@Test
	void tokenIsCheckedBeforeTheRoute() {
		start(FakeComfyDeploy.builder());
		assertError(sendWith(null, "GET", "/no/such/route", null), 401, "Invalid or missing token");
		assertError(sendWith("Bearer x", "PUT", "/session/" + UNKNOWN, null), 401, "Invalid or expired token");
		assertError(sendWith(null, "GET", "/sessions/", null), 401, "Invalid or missing token");
	}

	@Test
	void tokenIsCheckedBeforeTheBody() {
		start(FakeComfyDeploy.builder());
		assertError(sendWith(null, "POST", "/session", "{bad"), 401, "Invalid or missing token");
		assertError(sendWith("Bearer x", "DELETE", "/session/a?wait_for_shutdown=abc", null), 401,
				"Invalid or expired token");
	}

	@Test
	void tokenCanBeChosen() {
		start(FakeComfyDeploy.builder().bearer("another"));
		assertThat(sendWith("Bearer another", "GET", "/sessions", null).status()).isEqualTo(200);
		assertError(sendWith("Bearer fake-token", "GET", "/sessions", null), 401, "Invalid or expired token");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/no/such/route", "/", "", "/sessions/x", "/session/a/b", "/session/a%2Fb", "/no-route/",
			"/session//increase-timeout", "x/sessions" })
	void unknownRouteIsNotFound(String path) {
		start(FakeComfyDeploy.builder());
		assertError(this.client.get(path), 404, "Not Found");
	}

	@ParameterizedTest
	@CsvSource({ "GET,/session,POST", "PUT,/session,POST", "DELETE,/session,POST", "POST,/sessions,GET",
			"DELETE,/sessions,GET", "PUT,/session/x,GET", "PATCH,/session/x,GET", "POST,/session/x,GET",
			"PUT,/session/increase-timeout,GET", "GET,/session/x/increase-timeout,POST" })
	void wrongMethodIsNotAllowed(String method, String path, String allow) {
		start(FakeComfyDeploy.builder());
		Response response = this.client.send(method, path);
		assertError(response, 405, "Method Not Allowed");
		assertThat(response.header("allow")).isEqualTo(allow);
	}

	@Test
	void headIsNotAllowedAndHasNoBody() {
		start(FakeComfyDeploy.builder());
		Response response = this.client.send("HEAD", "/session/" + UNKNOWN);
		assertThat(response.status()).isEqualTo(405);
		assertThat(response.header("allow")).isEqualTo("GET");
		assertThat(response.header("content-length")).isEqualTo("31");
		assertThat(response.body()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "GET,/sessions/,/sessions", "POST,/session/,/session", "DELETE,/session/,/session",
			"GET,/session/x/,/session/x", "GET,/session/x//,/session/x",
			"POST,/session/x/increase-timeout/,/session/x/increase-timeout",
			"GET,/sessions/?machine_id=a%20b,/sessions?machine_id=a%20b" })
	void trailingSlashIsRedirectedToAnAbsoluteLocation(String method, String path, String location) {
		start(FakeComfyDeploy.builder());
		Response response = this.client.send(method, path);
		assertThat(response.status()).isEqualTo(307);
		assertThat(response.header("location")).isEqualTo(this.fake.getBaseUrl() + location);
		assertThat(response.header("content-length")).isEqualTo("0");
		assertThat(response.body()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { UNKNOWN, "nope", "increase-timeout", "a%20b", "a+b" })
	void unknownSessionIsNotFound(String id) {
		start(FakeComfyDeploy.builder());
		assertError(this.client.get("/session/" + id), 404, "GPUEvent not found");
		assertError(this.client.delete("/session/" + id), 404,
				"GPUEvent not found session_id: " + id.replace("%20", " ") + ", the event might be already closed");
		assertError(this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":1}"), 404,
				"GPU event not found");
	}

	@Test
	void sessionInUpperCaseIsNotFoundInAPath() {
		start(FakeComfyDeploy.builder());
		String id = createUntilItHasALetter().toUpperCase(Locale.ROOT);
		assertError(this.client.get("/session/" + id), 404, "GPUEvent not found");
		assertError(this.client.delete("/session/" + id), 404,
				"GPUEvent not found session_id: " + id + ", the event might be already closed");
		assertError(this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":1}"), 404,
				"GPU event not found");
	}

	@Test
	void sixthSessionOnAMachineIsRefused() {
		start(FakeComfyDeploy.builder());
		String first = id(create(MACHINE, ""));
		for (int i = 0; i < 4; i++) {
			assertThat(create(MACHINE, "").status()).isEqualTo(200);
		}
		assertError(create(MACHINE, ""), 400, "You have reached the maximum number of concurrent sessions."
				+ " Please close some sessions and try again.");
		assertThat(create(OTHER_MACHINE, "").status()).isEqualTo(200);
		this.client.delete("/session/" + first);
		assertThat(create(MACHINE, "").status()).isEqualTo(200);
	}

	@Test
	void freePlanHasThirtyMinutes() {
		start(FakeComfyDeploy.builder().freePlan(true));
		assertError(create(MACHINE, ",\"timeout\":31"), 400, "Free plan users are limited to 30 minutes timeout");
		assertThat(create(MACHINE, ",\"timeout\":30").status()).isEqualTo(200);
	}

	@Test
	void freePlanHasOneSession() {
		start(FakeComfyDeploy.builder().freePlan(true));
		String first = id(create(MACHINE, ""));
		assertError(create(OTHER_MACHINE, ""), 400, "Free plan does not support concurrent sessions");
		this.client.delete("/session/" + first);
		assertThat(create(OTHER_MACHINE, "").status()).isEqualTo(200);
	}

	@Test
	void freePlanIsCheckedBeforeTheMachine() {
		start(FakeComfyDeploy.builder().freePlan(true).machines(MACHINE));
		assertError(create(UNKNOWN, ",\"timeout\":31"), 400, "Free plan users are limited to 30 minutes timeout");
	}

	@Test
	void otherPlansHaveMore() {
		start(FakeComfyDeploy.builder());
		assertThat(create(MACHINE, ",\"timeout\":600").status()).isEqualTo(200);
		assertThat(create(MACHINE, "").status()).isEqualTo(200);
	}

	@Test
	void unknownMachineIsNotFound() {
		start(FakeComfyDeploy.builder().machines(MACHINE));
		assertError(create(UNKNOWN, ""), 404, "Machine not found");
		assertThat(create(MACHINE, "").status()).isEqualTo(200);
	}

	@Test
	void machineIdThatIsNotAUuidIsAnUnhandledFailure() {
		start(FakeComfyDeploy.builder());
		assertUnhandled(create("nope", ""));
		assertUnhandled(this.client.get("/sessions?machine_id=nope"));
		assertUnhandled(increase("nope", id(create(MACHINE, "")), "1"));
	}

	@Test
	void olderIncreaseOfAnUnknownMachineIsAnUnhandledFailure() {
		start(FakeComfyDeploy.builder().machines(MACHINE));
		assertUnhandled(increase(UNKNOWN, id(create(MACHINE, "")), "1"));
	}

	@Test
	void olderIncreaseChecksTheSessionFirst() {
		start(FakeComfyDeploy.builder());
		assertError(increase("nope", UNKNOWN, "3000000000"), 404, "GPU event not found");
	}

	@ParameterizedTest
	@ValueSource(strings = { "2147483648", "-2147483649", "3000000000", "\"3000000000\"", "99999999999999999999",
			"18446744073709551621" })
	void integersBeyond32BitsAreAnUnhandledFailure(String minutes) {
		start(FakeComfyDeploy.builder());
		String id = id(create(MACHINE, ""));
		assertUnhandled(create(MACHINE, ",\"timeout\":" + minutes));
		assertUnhandled(increase(MACHINE, id, minutes));
		assertUnhandled(this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":" + minutes + "}"));
		assertThat(this.client.get("/session/" + id).json().get("timeout").asInt()).isEqualTo(15);
	}

	@Test
	void timeoutThatGrowsBeyond32BitsIsAnUnhandledFailure() {
		start(FakeComfyDeploy.builder());
		String id = id(create(MACHINE, ""));
		assertUnhandled(increase(MACHINE, id, "2147483647"));
		assertThat(this.client.get("/session/" + id).json().get("timeout").asInt()).isEqualTo(15);
	}

	@Test
	void deadlineBeyondTheYear9999IsAnUnhandledFailure() {
		start(FakeComfyDeploy.builder());
		String path = "/session/" + id(create(MACHINE, "")) + "/increase-timeout";
		assertThat(this.client.post(path, "{\"minutes\":2147483647}").status()).isEqualTo(200);
		assertUnhandled(this.client.post(path, "{\"minutes\":2147483647}"));
	}

	@Test
	void integersAreCheckedAfterTheFieldsAndTheMachine() {
		start(FakeComfyDeploy.builder().machines(MACHINE));
		assertThat(this.client.post("/session", "{\"timeout\":3000000000}").status()).isEqualTo(422);
		assertError(create(UNKNOWN, ",\"timeout\":3000000000"), 404, "Machine not found");
	}

	@Test
	void machinesAreTheSameInUpperCase() {
		start(FakeComfyDeploy.builder().machines("ABCDEF00-0000-4000-8000-000000000001"));
		String id = id(create("abcdef00-0000-4000-8000-000000000001", ""));
		assertThat(this.client.get("/session/" + id).json().get("machine_id").asText())
			.isEqualTo("abcdef00-0000-4000-8000-000000000001");
		assertThat(this.client.get("/sessions?machine_id=ABCDEF00-0000-4000-8000-000000000001").json()).hasSize(1);
	}

	@Test
	void cancelBeforeTheContainerIsRefused() {
		start(FakeComfyDeploy.builder().spawn(Duration.ofDays(1)));
		assertError(this.client.delete("/session/" + id(create(MACHINE, ""))), 400, "Modal function id not found");
	}

	private void start(FakeComfyDeploy.Builder builder) {
		this.fake = builder.start();
		this.client = new FakeHttpClient(this.fake);
	}

	private Response create(String machineId, String fields) {
		return this.client.post("/session", "{\"machine_id\":\"" + machineId + "\"" + fields + "}");
	}

	private Response increase(String machineId, String id, String minutes) {
		return this.client.post("/session/increase-timeout", "{\"machine_id\":\"" + machineId + "\",\"session_id\":\""
				+ id + "\",\"timeout\":" + minutes + ",\"gpu\":\"A10G\"}");
	}

	/** A UUID that has only digits is the same in upper case. */
	private String createUntilItHasALetter() {
		String id = id(create(MACHINE, ""));
		return id.matches(".*[a-f].*") ? id : createUntilItHasALetter();
	}

	private Response sendWith(String authorization, String method, String path, String body) {
		HttpRequest.Builder request = this.client.anonymous(method, path, body);
		return this.client.send((authorization != null) ? request.header("Authorization", authorization) : request);
	}

	private static String id(Response created) {
		assertThat(created.status()).as(created.body()).isEqualTo(200);
		return created.json().get("session_id").asText();
	}

	private static void assertError(Response response, int status, String detail) {
		assertThat(response.body()).isEqualTo("{\"detail\":\"" + detail + "\"}");
		assertThat(response.status()).isEqualTo(status);
		assertThat(response.header("content-type")).isEqualTo("application/json");
	}

	private static void assertUnhandled(Response response) {
		assertThat(response.body()).isEqualTo("Internal Server Error");
		assertThat(response.status()).isEqualTo(500);
		assertThat(response.header("content-type")).isEqualTo("text/plain; charset=utf-8");
	}

}

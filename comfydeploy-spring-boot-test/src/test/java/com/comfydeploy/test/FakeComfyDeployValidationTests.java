package com.comfydeploy.test;

import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.test.FakeHttpClient.Response;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests of the validation errors of a {@link FakeComfyDeploy}, which have the form of
 * FastAPI and Pydantic.
 */
class FakeComfyDeployValidationTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final String SESSION = "99999999-9999-4999-8999-999999999999";

	private static final String GPUS = "'CPU', 'T4', 'L4', 'A10G', 'L40S', 'A100', 'A100-80GB', 'H100', 'H200' or 'B200'";

	private static final String NO_OBJECT = "Input should be a valid dictionary or object to extract fields from";

	private static FakeComfyDeploy fake;

	private static FakeHttpClient client;

	@BeforeAll
	static void startFake() {
		fake = FakeComfyDeploy.start();
		client = new FakeHttpClient(fake);
	}

	@AfterAll
	static void closeFake() {
		fake.close();
	}

	@ParameterizedTest(name = "[{index}] {0}")
	@MethodSource
	void createRejects(String fields, String error) {
		assertInvalid(client.post("/session", "{" + fields + "}"), error);
	}

	static Stream<Arguments> createRejects() {
		String machine = "\"machine_id\":\"" + MACHINE + "\",";
		return Stream.of(arguments("", error("missing", "\"body\",\"machine_id\"", "Field required", "{}")),
				arguments("\"gpu\":\"A10G\",\"timeout\":5",
						error("missing", "\"body\",\"machine_id\"", "Field required",
								"{\"gpu\":\"A10G\",\"timeout\":5}")),
				arguments("\"machine_id\":null",
						error("string_type", "\"body\",\"machine_id\"", "Input should be a valid string", "null")),
				arguments("\"machine_id\":5",
						error("string_type", "\"body\",\"machine_id\"", "Input should be a valid string", "5")),
				arguments(machine + "\"gpu\":\"XYZ\"", gpuError("\"XYZ\"")),
				arguments(machine + "\"gpu\":\"a10g\"", gpuError("\"a10g\"")),
				arguments(machine + "\"gpu\":5", gpuError("5")), arguments(machine + "\"gpu\":\"\"", gpuError("\"\"")),
				arguments(machine + "\"timeout\":\"abc\"", intParsingError("timeout", "\"abc\"")),
				arguments(machine + "\"timeout\":\"\"", intParsingError("timeout", "\"\"")),
				arguments(machine + "\"timeout\":\"20.5\"", intParsingError("timeout", "\"20.5\"")),
				arguments(machine + "\"timeout\":20.5",
						error("int_type", "\"body\",\"timeout\"", "Input should be a valid integer", "20.5")),
				arguments(machine + "\"timeout\":{}",
						error("int_type", "\"body\",\"timeout\"", "Input should be a valid integer", "{}")),
				arguments(machine + "\"timeout\":[]",
						error("int_type", "\"body\",\"timeout\"", "Input should be a valid integer", "[]")),
				arguments(machine + "\"wait_for_server\":\"abc\"", boolParsingError("\"abc\"")),
				arguments(machine + "\"wait_for_server\":\" true\"", boolParsingError("\" true\"")),
				arguments(machine + "\"wait_for_server\":2", boolTypeError("2")),
				arguments(machine + "\"wait_for_server\":2.0", boolTypeError("2.0")),
				arguments(machine + "\"wait_for_server\":null", boolTypeError("null")),
				arguments(machine + "\"wait_for_server\":0.5", boolTypeError("0.5")),
				arguments(machine + "\"wait_for_server\":[]", boolTypeError("[]")));
	}

	@Test
	void severalErrorsComeTogetherInTheOrderOfTheFields() {
		String body = "{\"timeout\":\"abc\",\"gpu\":\"XYZ\",\"wait_for_server\":\"maybe\"}";
		assertInvalid(client.post("/session", body),
				error("missing", "\"body\",\"machine_id\"", "Field required", body) + "," + gpuError("\"XYZ\"") + ","
						+ intParsingError("timeout", "\"abc\"") + "," + boolParsingError("\"maybe\""));
	}

	@Test
	void everyFieldOfTheOlderIncreaseIsRequired() {
		assertInvalid(client.post("/session/increase-timeout", "{}"),
				Stream.of("machine_id", "session_id", "timeout", "gpu")
					.map((field) -> error("missing", "\"body\",\"" + field + "\"", "Field required", "{}"))
					.reduce((one, other) -> one + "," + other)
					.orElseThrow());
	}

	@Test
	void severalErrorsOfTheOlderIncreaseComeTogether() {
		assertInvalid(
				client.post("/session/increase-timeout",
						"{\"machine_id\":null,\"timeout\":\"x\",\"gpu\":5,\"session_id\":\"z\"}"),
				error("string_type", "\"body\",\"machine_id\"", "Input should be a valid string", "null") + ","
						+ uuidError("\"z\"", "invalid character: found `z` at 1") + ","
						+ intParsingError("timeout", "\"x\"") + ","
						+ error("string_type", "\"body\",\"gpu\"", "Input should be a valid string", "5"));
	}

	@ParameterizedTest(name = "[{index}] {0}")
	@MethodSource
	void olderIncreaseRejectsSessionId(String sessionId, String error) {
		assertInvalid(client.post("/session/increase-timeout",
				"{\"machine_id\":\"" + MACHINE + "\",\"session_id\":" + sessionId + ",\"timeout\":1,\"gpu\":\"A10G\"}"),
				error);
	}

	static Stream<Arguments> olderIncreaseRejectsSessionId() {
		return Stream.of(uuid("\"nope\"", "invalid character: found `n` at 1"), uuid("\"1234\"", "invalid length"),
				uuid("\"\"", "invalid length"), uuid("\"1-1-1-1-1\"", "invalid length"),
				uuid("\"00000000-0000-4000-8000-00000000000\"", "invalid length"),
				uuid("\"00000000-0000-4000-8000000000000001\"", "invalid length"),
				uuid("\"{nope}\"", "invalid character: found `{` at 1"),
				uuid("\"{}\"", "invalid character: found `{` at 1"),
				uuid("\"urn:uuid:nope\"", "invalid character: found `u` at 1"),
				uuid("\"0000é\"", "invalid character: found `é` at 5"), arguments("5", uuidTypeError("5")),
				arguments("null", uuidTypeError("null")));
	}

	@ParameterizedTest(name = "[{index}] {0}")
	@MethodSource
	void increaseByIdRejects(String body, String error) {
		assertInvalid(client.post("/session/" + SESSION + "/increase-timeout", body), error);
	}

	static Stream<Arguments> increaseByIdRejects() {
		return Stream.of(arguments("{}", error("missing", "\"body\",\"minutes\"", "Field required", "{}")),
				arguments("", error("missing", "\"body\"", "Field required", "null")),
				arguments("{\"minutes\":null}",
						error("int_type", "\"body\",\"minutes\"", "Input should be a valid integer", "null")),
				arguments("{\"minutes\":\"abc\"}", intParsingError("minutes", "\"abc\"")));
	}

	@ParameterizedTest(name = "[{index}] {0}")
	@MethodSource
	void bodyThatIsNotAnObjectIsRejected(String body, String error) {
		assertInvalid(client.post("/session", body), error);
	}

	static Stream<Arguments> bodyThatIsNotAnObjectIsRejected() {
		return Stream.of(arguments("", error("missing", "\"body\"", "Field required", "null")),
				arguments("null", error("missing", "\"body\"", "Field required", "null")),
				arguments(" null ", error("missing", "\"body\"", "Field required", "null")),
				arguments("[]", error("model_attributes_type", "\"body\"", NO_OBJECT, "[]")),
				arguments("\"x\"", error("model_attributes_type", "\"body\"", NO_OBJECT, "\"x\"")),
				arguments("5", error("model_attributes_type", "\"body\"", NO_OBJECT, "5")),
				arguments("true", error("model_attributes_type", "\"body\"", NO_OBJECT, "true")));
	}

	@Test
	void missingBodyIsRejected() {
		assertInvalid(client.send("POST", "/session"), error("missing", "\"body\"", "Field required", "null"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"machine_id\": ", "{bad", "{", "{\"a\":1,}", "{\"a\" 1}", "{\"a\"", "{\"a\":1 \"b\":2}",
			"{\"a\":01}", "{\"a\":1.}", "{\"a\":[1,2}", "[1 2]", "[1,", "[", "{\"a\":tru}", "{\"a\":-}", "nul", "  ",
			"'a'", "\n{\"x\":\n}", "{\"\ud83d\ude00\":", "{\"a\":1} x", "{\"a\":\"x", "{\"a\":\"x\\", "{\"a\":\"\t\"}",
			"{\"a\":\"\\q\"}", "{\"a\":\"\\u12\"}" })
	void malformedJsonIsRejected(String body) {
		assertInvalid(client.post("/session", body), "{\"type\":\"json_invalid\",\"loc\":[\"body\",0],"
				+ "\"msg\":\"JSON decode error\",\"input\":{},\"ctx\":{\"error\":\"Expecting value\"}}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "text/plain", "text/json", "application/x-www-form-urlencoded", "application/jsonl" })
	void bodyOfAnotherContentTypeIsText(String contentType) {
		String body = "{\"machine_id\":\"" + MACHINE + "\"}";
		assertInvalid(post(body, contentType),
				error("model_attributes_type", "\"body\"", NO_OBJECT, "\"" + body.replace("\"", "\\\"") + "\""));
	}

	@ParameterizedTest
	@ValueSource(strings = { "application/json", "application/json; charset=utf-8", "application/JSON",
			"application/problem+json" })
	void bodyOfAJsonContentTypeIsRead(String contentType) {
		assertInvalid(post("{\"machine_id\":5}", contentType),
				error("string_type", "\"body\",\"machine_id\"", "Input should be a valid string", "5"));
	}

	@Test
	void escapesAreRead() {
		assertInvalid(client.post("/session", "{\"machine_id\":\"" + MACHINE + "\",\"gpu\":\"\\u00e9\\n\\\\\\\"\"}"),
				gpuError("\"é\\n\\\\\\\"\""));
	}

	@ParameterizedTest
	@ValueSource(strings = { "abc", "", "2" })
	void cancelRejectsWaitForShutdown(String value) {
		assertInvalid(client.delete("/session/" + SESSION + "?wait_for_shutdown=" + value),
				error("bool_parsing", "\"query\",\"wait_for_shutdown\"",
						"Input should be a valid boolean, unable to interpret input", "\"" + value + "\""));
	}

	@ParameterizedTest
	@ValueSource(strings = { "true", "True", "tr%75e", "false", "False" })
	void cancelAcceptsWaitForShutdown(String value) {
		assertThat(client.delete("/session/" + SESSION + "?wait_for_shutdown=" + value).status()).isEqualTo(404);
	}

	@Test
	void lastOfTwoEqualParametersCounts() {
		assertThat(client.delete("/session/" + SESSION + "?wait_for_shutdown=true&wait_for_shutdown=abc").status())
			.isEqualTo(422);
		assertThat(client.delete("/session/" + SESSION + "?wait_for_shutdown=abc&wait_for_shutdown=true").status())
			.isEqualTo(404);
	}

	private static Response post(String body, String contentType) {
		return client.send(client.anonymous("POST", "/session", body)
			.header("Authorization", "Bearer " + fake.getBearer())
			.header("Content-Type", contentType));
	}

	private static void assertInvalid(Response response, String errors) {
		assertThat(response.body()).isEqualTo("{\"detail\":[" + errors + "]}");
		assertThat(response.status()).isEqualTo(422);
		assertThat(response.header("content-type")).isEqualTo("application/json");
	}

	private static String error(String type, String location, String message, String input) {
		return "{\"type\":\"" + type + "\",\"loc\":[" + location + "],\"msg\":\"" + message + "\",\"input\":" + input
				+ "}";
	}

	private static String gpuError(String input) {
		return "{\"type\":\"enum\",\"loc\":[\"body\",\"gpu\"],\"msg\":\"Input should be " + GPUS + "\",\"input\":"
				+ input + ",\"ctx\":{\"expected\":\"" + GPUS + "\"}}";
	}

	private static String intParsingError(String field, String input) {
		return error("int_parsing", "\"body\",\"" + field + "\"",
				"Input should be a valid integer, unable to parse string as an integer", input);
	}

	private static String boolParsingError(String input) {
		return error("bool_parsing", "\"body\",\"wait_for_server\"",
				"Input should be a valid boolean, unable to interpret input", input);
	}

	private static String boolTypeError(String input) {
		return error("bool_type", "\"body\",\"wait_for_server\"", "Input should be a valid boolean", input);
	}

	private static Arguments uuid(String input, String problem) {
		return arguments(input, uuidError(input, problem));
	}

	private static String uuidError(String input, String problem) {
		return "{\"type\":\"uuid_parsing\",\"loc\":[\"body\",\"session_id\"],\"msg\":\"Input should be a valid UUID, "
				+ problem + "\",\"input\":" + input + ",\"ctx\":{\"error\":\"" + problem + "\"}}";
	}

	private static String uuidTypeError(String input) {
		return error("uuid_type", "\"body\",\"session_id\"", "UUID input should be a string, bytes or UUID object",
				input);
	}

}

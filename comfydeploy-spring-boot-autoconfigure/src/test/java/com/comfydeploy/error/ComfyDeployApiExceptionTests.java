package com.comfydeploy.error;

import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ComfyDeployApiException} and its subclasses.
 */
class ComfyDeployApiExceptionTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "{\"detail\":\"Machine not found\"} | Machine not found | Machine not found",
					"{\"detail\":{\"code\":7,\"why\":[\"a\",\"b\"],\"input\":\"echo\"}} | code: 7, why: a; b | code: 7",
					"{\"detail\":[\"one\",\"two\"]} | one; two | one; two", "{\"detail\":null} | | null",
					"{\"error\":\"boom\"} | | error: boom", "[] | | 400", "{} | | 400",
					"[\"one\",\"two\"] | | one; two", "`` | | 400", "Internal Server Error | | Internal Server Error",
					"{\"detail\": | | {\"detail\":",
					"<html><head><style>p{}</style><title>502 Bad Gateway</title></head></html> | | 502 Bad Gateway",
					"{\"detail\":\"line\\nbreak\"} | `line\nbreak` | line break" })
	void messageAndDetailContainTheDetailOfTheBody(String body, String detail, String message) {
		ComfyDeployApiException ex = ComfyDeployApiException.of(response(400, body));
		assertThat(ex.getDetail()).isEqualTo(detail);
		assertThat(ex).hasMessageStartingWith("create failed: 400").hasMessageContaining(message);
		assertThat(ex.getMessage()).doesNotContain("echo").doesNotContain("\n").doesNotContain("<");
		assertThat(ex.getResponseBody()).isEqualTo(body);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"detail\":\"text\"}", "{\"detail\":{}}", "{\"detail\":null}", "{}", "", "<html/>",
			"{\"detail\":[]}", "{\"detail\":[\"text\",5,null]}" })
	void when422HasNoListErrorsAreEmpty(String body) {
		assertThat(ComfyDeployApiException.of(response(422, body)))
			.isInstanceOfSatisfying(HttpValidationException.class, (ex) -> assertThat(ex.getErrors()).isEmpty());
	}

	@Test
	void incompleteValidationErrorsAreRead() {
		HttpValidationException ex = new HttpValidationException(response(422,
				"{\"detail\":[{\"loc\":[\"body\",0,1.5,null,true],\"msg\":null},{\"msg\":\"only\"},{\"loc\":\"x\"},7]}"));
		assertThat(ex.getErrors()).containsExactly(
				new ValidationError(List.of("body", 0, "1.5", "null", "true"), "", ""),
				new ValidationError(List.of(), "only", ""), new ValidationError(List.of(), "", ""));
	}

	@Test
	void whenBodyIsTruncatedErrorsBeforeTheEndAreKept() {
		String body = IntStream.range(0, 10_000)
			.mapToObj((i) -> "{\"type\":\"missing\",\"loc\":[\"body\"," + i
					+ "],\"msg\":\"Field required\",\"input\":{\"a\":{}}}")
			.collect(Collectors.joining(",", "{\"detail\":[", "]}"))
			.substring(0, 64 * 1024);
		HttpValidationException ex = new HttpValidationException(response(422, body));
		assertThat(ex.getErrors()).hasSizeGreaterThan(500)
			.last()
			.satisfies((error) -> assertThat(error.msg()).isEqualTo("Field required"));
		assertThat(ex.getMessage().length()).isLessThanOrEqualTo(1000);
	}

	@Test
	void whenBodyIsTruncatedMessageDoesNotContainTheInput() {
		HttpValidationException ex = new HttpValidationException(response(422,
				"{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"bad\",\"input\":\"SECRET " + "A".repeat(9000)));
		assertThat(ex.getErrors()).isEmpty();
		assertThat(ex).hasMessageContaining("bad").hasMessageNotContaining("SECRET");
	}

	@Test
	void deepNestingDoesNotOverflowTheStack() {
		ComfyDeployApiException ex = ComfyDeployApiException.of(response(500, "{\"detail\":" + "[".repeat(60_000)));
		assertThat(ex.getDetail()).isNull();
	}

	@Test
	void messageIsTruncatedBeforeItsAdvice() {
		ComfyDeployApiException ex = ComfyDeployApiException
			.of(new ApiErrorResponse("create", 401, Map.of(), "{\"detail\":\"" + "x".repeat(5000) + "\"}", 2, true));
		assertThat(ex.getMessage()).hasSizeLessThanOrEqualTo(1000)
			.startsWith("create failed after 2 attempts: 401 xxx")
			.contains("comfydeploy.bearer")
			.contains("outcome is unknown");
		assertThat(ex.getDetail()).hasSize(5000);
	}

	@Test
	void headersAreCaseInsensitiveAndImmutable() {
		List<String> values = new ArrayList<>(List.of("5"));
		ApiErrorResponse response = new ApiErrorResponse("get", 503, Map.of("retry-AFTER", values), "", 1, false);
		values.add("6");
		assertThat(response.headers().get("Retry-After")).containsExactly("5");
		assertThat(new ComfyDeployApiException(response).getRetryAfter()).isEqualTo(Duration.ofSeconds(5));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> response.headers().clear());
	}

	@ParameterizedTest
	@CsvSource({ "0, PT0S", "120, PT2M", "'Mon, 23 Nov 2026 18:00:05 GMT', PT5S",
			"'Monday, 23-Nov-26 18:00:05 GMT', PT5S", "Mon Nov 23 18:00:05 2026, PT5S",
			"Thu Nov  5 18:00:05 2026, PT0S", "'Sunday, 06-Nov-94 08:49:37 GMT', PT0S",
			"'Tue, 23 Nov 2027 18:00:00 GMT', PT8760H", "'Fri, 31 Dec 9999 23:59:59 GMT', PT8784H",
			"100000000000, PT8784H", "-1, ", "1.5, ", "1e3, ", "' ', ", "'Sun, 23 Nov 2026 18:00:05 GMT', ",
			"2026-11-23T18:00:05Z, ", "0x10, " })
	void retryAfterIsReadInAllForms(String value, Duration expected) {
		assertThat(ApiErrorResponse.retryAfter(Map.of("retry-after", List.of(value)),
				Instant.parse("2026-11-23T18:00:00Z")))
			.isEqualTo(expected);
	}

	@Test
	void exceptionsCanBeSerialized() throws Exception {
		HttpValidationException ex = new HttpValidationException(
				response(422, "{\"detail\":[{\"loc\":[\"body\",15],\"msg\":\"m\",\"type\":\"t\"}]}"));
		try (ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream())) {
			out.writeObject(ex);
		}
	}

	private static ApiErrorResponse response(int status, String body) {
		return new ApiErrorResponse("create", status, Map.of(), body, 1, false);
	}

}

package com.comfydeploy.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.SessionRetryTests.Call;
import com.comfydeploy.error.UnreadableResponseException;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.session.Session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests of response bodies that are unusual, and of those that cannot be read.
 */
@Timeout(60)
abstract class AbstractSessionBodyTests extends AbstractSocketServerTests {

	AbstractSessionBodyTests(JsonCodec json) {
		super(json);
	}

	static Stream<Arguments> readableBodies() {
		return Stream.of(
				arguments("byte order mark", "application/json", utf8("\uFEFF" + SessionFixtures.SESSION_JSON)),
				arguments("ISO-8859-1", "application/json; charset=ISO-8859-1",
						"{\"id\":\"s1\",\"user_id\":\"ü\"}".getBytes(StandardCharsets.ISO_8859_1)),
				arguments("UTF-16", "application/json; charset=UTF-16",
						SessionFixtures.SESSION_JSON.getBytes(StandardCharsets.UTF_16)),
				arguments("UTF-16 unannounced", "application/json",
						SessionFixtures.SESSION_JSON.getBytes(StandardCharsets.UTF_16BE)),
				arguments("duplicate keys", "application/json", utf8("{\"id\":\"s0\",\"id\":\"s1\"}")),
				arguments("nesting in what is ignored", "application/json",
						utf8("{\"id\":\"s1\",\"x\":" + "[".repeat(200) + "]".repeat(200) + "}")),
				arguments("white space", "text/plain", utf8(" \r\n\t" + SessionFixtures.SESSION_JSON + "\n")),
				arguments("malformed content type", "application/json;charset", utf8(SessionFixtures.SESSION_JSON)),
				arguments("HTML content type", "text/html", utf8(SessionFixtures.SESSION_JSON)));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("readableBodies")
	void readableBodyIsRead(String name, String contentType, byte[] body) {
		start(respondingWith(contentType, "", body));
		Session session = this.sessions.get("s1");
		assertThat(session.id()).isEqualTo("s1");
		if (session.userId() != null) {
			assertThat(session.userId()).isEqualTo("ü");
		}
	}

	static Stream<Arguments> unreadableBodies() {
		return Stream.of(arguments("empty", "", new byte[0]), arguments("null", "", utf8("null")),
				arguments("text", "", utf8("OK")), arguments("HTML", "", utf8("<html><body>Maintenance</body></html>")),
				arguments("number", "", utf8("5")), arguments("deep nesting", "", utf8("[".repeat(100_000))),
				arguments("deep nesting of a field", "", utf8("{\"id\":\"s1\",\"x\":" + "[".repeat(100_000))),
				arguments("huge number", "", utf8("{\"id\":\"s1\",\"timeout\":" + "9".repeat(2000) + "}")),
				arguments("huge exponent", "", utf8("{\"id\":\"s1\",\"timeout\":1e999999999}")),
				arguments("gzip that is none", "Content-Encoding: gzip\r\n", utf8(SessionFixtures.SESSION_JSON)),
				arguments("another coding", "Content-Encoding: br\r\n", utf8("\u000bbrotli")),
				arguments("malformed UTF-8", "",
						new byte[] { '{', '"', 'i', 'd', '"', ':', '"', (byte) 0xc3, '"', '}' }));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("unreadableBodies")
	void unreadableBodyIsNotRetried(String name, String headers, byte[] body) {
		start(respondingWith("application/json", headers, body));
		for (Call call : List.of(Call.GET, Call.LIST, Call.CREATE)) {
			UnreadableResponseException ex = catchThrowableOfType(UnreadableResponseException.class,
					() -> call.on(this.sessions));
			assertThat(ex).as(call.name()).isNotNull();
			assertThat(ex.getAttempts()).isOne();
			assertThat(ex.isOutcomeUnknown()).isEqualTo(call == Call.CREATE);
			assertThat(ex.getCause()).isNull();
		}
		assertThat(this.server.requests()).hasSize(3);
		assertThat(this.sessions.cancel("s1")).isTrue();
		Call.INCREASE_TIMEOUT.on(this.sessions);
	}

	@Test
	void gzippedBodyIsDecoded() {
		start(respondingWith("application/json", "Content-Encoding: gzip\r\n", gzip(SessionFixtures.SESSION_JSON)));
		for (Call call : List.of(Call.GET, Call.CREATE)) {
			call.on(this.sessions);
		}
		assertThat(this.sessions.get("s1").id()).isEqualTo("s1");
		assertThat(this.server.requests()).hasSize(3);
	}

	@Test
	void bodyThatIsHugeWhenDecodedIsUnreadable() {
		start(respondingWith("application/json", "Content-Encoding: gzip\r\n", gzip(" ".repeat(100_000_000))));
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.sessions.get("s1"))
			.withMessageContaining("larger than");
	}

	private static byte[] gzip(String text) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
			gzip.write(utf8(text));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return bytes.toByteArray();
	}

}

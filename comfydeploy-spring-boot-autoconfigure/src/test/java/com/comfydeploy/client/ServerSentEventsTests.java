package com.comfydeploy.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link ServerSentEvents}, with streams that are read in pieces of all sizes.
 */
class ServerSentEventsTests {

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 7, 8192 })
	void eventsAreReadHoweverTheyArrive(int pieces) throws IOException {
		assertThat(read("data: one\n\ndata: zwölf €\uD83D\uDE00\n\n", pieces)).containsExactly("one",
				"zwölf €\uD83D\uDE00");
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 5, 8192 })
	void allLineEndsAreTheSame(int pieces) throws IOException {
		assertThat(read("data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n", pieces)).containsExactly("a", "b", "c",
				"d");
	}

	@Test
	void dataOfManyLinesIsOneEvent() throws IOException {
		assertThat(read("data: a\ndata:b\ndata:  c\ndata\ndata:\n\n", 3)).containsExactly("a\nb\n c\n\n");
	}

	@Test
	void lineWithoutDataIsSkipped() throws IOException {
		assertThat(read(": comment\nevent: x\nid: 1\nretry: 5\ndatabase: no\n\n:\n\ndata: a\n: b\nfoo\n\n\n\n", 4))
			.containsExactly("a");
	}

	@Test
	void incompleteEventIsIgnored() throws IOException {
		assertThat(read("data: a\n\ndata: b", 4)).containsExactly("a");
		assertThat(read("data: a\n\ndata: b\n", 4)).containsExactly("a");
		assertThat(read("", 4)).isEmpty();
	}

	@Test
	void byteOrderMarkIsSkipped() throws IOException {
		assertThat(read("\uFEFFdata: a\n\n", 1)).containsExactly("a");
	}

	@Test
	void endlessLineIsFailure() {
		assertThatIOException().isThrownBy(() -> read("data: " + "x".repeat(2_000_000), 8192));
	}

	@Test
	void endlessEventIsFailure() {
		assertThatIOException().isThrownBy(() -> read("data: xxxxxxxxxxxxxxxxxxxxxxx\n".repeat(100_000), 8192));
	}

	private static List<String> read(String text, int pieces) throws IOException {
		List<String> events = new ArrayList<>();
		try (ServerSentEvents reader = new ServerSentEvents(
				new PiecewiseStream(text.getBytes(StandardCharsets.UTF_8), pieces))) {
			String event;
			while ((event = reader.next()) != null) {
				events.add(event);
			}
		}
		return events;
	}

	/**
	 * Stream from which each read returns a limited number of bytes.
	 */
	private static final class PiecewiseStream extends InputStream {

		private final ByteArrayInputStream bytes;

		private final int pieces;

		PiecewiseStream(byte[] bytes, int pieces) {
			this.bytes = new ByteArrayInputStream(bytes);
			this.pieces = pieces;
		}

		@Override
		public int read() {
			return this.bytes.read();
		}

		@Override
		public int read(byte[] buffer, int offset, int length) {
			return this.bytes.read(buffer, offset, Math.min(length, this.pieces));
		}

	}

}

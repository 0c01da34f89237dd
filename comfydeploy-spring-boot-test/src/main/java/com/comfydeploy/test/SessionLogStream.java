package com.comfydeploy.test;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Stream of a session's log: first all entries so far, then each new one. It does not end
 * by itself, and sends nothing between entries. It therefore detects only at the next
 * entry that the client has disconnected.
 */
final class SessionLogStream implements FakeResponse.BodyStream {

	private final @Nullable FakeSession session;

	private final @Nullable String level;

	private final FakeClock clock;

	private final BooleanSupplier wanted;

	/**
	 * Create a stream.
	 * @param session the session, or {@code null} for a log without entries
	 * @param level the only level to stream, or {@code null} for any
	 * @param wanted whether to continue
	 */
	SessionLogStream(@Nullable FakeSession session, @Nullable String level, FakeClock clock, BooleanSupplier wanted) {
		this.session = session;
		this.level = level;
		this.clock = clock;
		this.wanted = wanted;
	}

	@Override
	public void writeTo(OutputStream output) throws IOException, InterruptedException {
		int sent = 0;
		while (this.wanted.getAsBoolean()) {
			List<FakeLogEntry> log = log();
			while (sent < log.size()) {
				output.write(log.get(sent).toEvent().getBytes(StandardCharsets.UTF_8));
				output.flush();
				sent++;
			}
			int known = sent;
			this.clock.await(() -> log().size() > known || !this.wanted.getAsBoolean());
		}
	}

	private List<FakeLogEntry> log() {
		boolean any = this.level == null || this.level.isEmpty() || this.level.equals(FakeLogEntry.LEVEL);
		return (this.session != null && any) ? this.session.log(this.clock.now()) : List.of();
	}

}

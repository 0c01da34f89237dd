package com.comfydeploy.lease.store;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.Gpu;

/**
 * A lease as the file store writes it: one line of text.
 *
 * @param hold who holds it
 * @param description what it was opened for
 * @param phase how far it has come, or {@code null} if it was removed
 * @param sessionId the session's id, or {@code null} if it is unknown
 * @param minutes the minutes that count for it
 * @param openedAt when it was added
 */
record LeaseRow(LeaseHold hold, LeaseDescription description, @Nullable LeasePhase phase, @Nullable String sessionId,
		int minutes, Instant openedAt) {

	private static final Duration DAY = Duration.ofHours(24);

	private static final String NULL = "\\N";

	private static final int FIELDS = 15;

	boolean isHeldBy(LeaseHold hold) {
		return this.phase != null && this.hold.equals(hold);
	}

	LeaseRow withHold(LeaseHold hold) {
		return new LeaseRow(hold, this.description, this.phase, this.sessionId, this.minutes, this.openedAt);
	}

	LeaseRow withPhase(LeasePhase phase, @Nullable String sessionId) {
		return new LeaseRow(this.hold, this.description, phase, (sessionId != null) ? sessionId : this.sessionId,
				this.minutes, this.openedAt);
	}

	LeaseRow withMinutes(int minutes) {
		return new LeaseRow(this.hold, this.description, this.phase, this.sessionId, minutes, this.openedAt);
	}

	LeaseRow removed(int minutes) {
		return new LeaseRow(this.hold, this.description, null, this.sessionId, minutes, this.openedAt);
	}

	/**
	 * Return the number of minutes that are not more than 24 hours ago.
	 */
	long countedMinutes(Instant now) {
		Duration before = Duration.between(this.openedAt, now.minus(DAY));
		return (before.isNegative()) ? this.minutes : Math.max(0, this.minutes - before.toMinutes());
	}

	String toLine() {
		LeaseDescription lease = this.description;
		return String.join("\t", escape(this.hold.leaseId()), escape(this.hold.instance()),
				Long.toString(this.hold.epoch()), (this.phase != null) ? this.phase.name() : NULL,
				escape(this.sessionId), Integer.toString(this.minutes), Long.toString(this.openedAt.toEpochMilli()),
				escape(lease.machineId()), Boolean.toString(lease.dynamic()), Boolean.toString(lease.adopted()),
				escape((lease.gpu() != null) ? lease.gpu().value() : null), lease.extension().toString(),
				lease.renewBefore().toString(), lease.maxLifetime().toString(), escape(lease.owner()));
	}

	/**
	 * Read what {@link #toLine()} has written.
	 * @throws IllegalArgumentException if the line is anything else
	 */
	static LeaseRow parse(String line) {
		List<@Nullable String> fields = new ArrayList<>();
		for (String field : line.split("\t", -1)) {
			fields.add(unescape(field));
		}
		if (fields.size() != FIELDS) {
			throw new IllegalArgumentException("expected " + FIELDS + " fields, but found " + fields.size());
		}
		String phase = fields.get(3);
		String gpu = fields.get(10);
		try {
			return new LeaseRow(
					new LeaseHold(required(fields, 0), required(fields, 1), Long.parseLong(required(fields, 2))),
					new LeaseDescription(fields.get(7), Boolean.parseBoolean(fields.get(8)),
							Boolean.parseBoolean(fields.get(9)), (gpu != null) ? Gpu.of(gpu) : null,
							Duration.parse(required(fields, 11)), Duration.parse(required(fields, 12)),
							Duration.parse(required(fields, 13)), fields.get(14)),
					(phase != null) ? LeasePhase.valueOf(phase) : null, fields.get(4),
					Integer.parseInt(required(fields, 5)), Instant.ofEpochMilli(Long.parseLong(required(fields, 6))));
		}
		catch (DateTimeException ex) {
			throw new IllegalArgumentException(ex.getMessage(), ex);
		}
	}

	private static String required(List<@Nullable String> fields, int index) {
		String field = fields.get(index);
		if (field == null) {
			throw new IllegalArgumentException("field " + index + " is missing");
		}
		return field;
	}

	private static String escape(@Nullable String value) {
		if (value == null) {
			return NULL;
		}
		return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
	}

	private static @Nullable String unescape(String field) {
		if (field.equals(NULL)) {
			return null;
		}
		StringBuilder value = new StringBuilder(field.length());
		for (int i = 0; i < field.length(); i++) {
			char character = field.charAt(i);
			if (character == '\\' && i + 1 < field.length()) {
				i++;
				character = switch (field.charAt(i)) {
					case 't' -> '\t';
					case 'n' -> '\n';
					default -> field.charAt(i);
				};
			}
			value.append(character);
		}
		return value.toString();
	}

}

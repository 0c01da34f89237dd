package com.comfydeploy.internal;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Deadline}.
 */
class DeadlineTests {

	/** The clock may overflow at any time. */
	private long nanos = Long.MAX_VALUE - 5;

	private final TimeSource time = new TimeSource() {

		@Override
		public long nanoTime() {
			return DeadlineTests.this.nanos;
		}

	};

	@Test
	void remainingTimeIsNeverNegative() {
		Deadline deadline = Deadline.after(Duration.ofNanos(10), this.time);
		this.nanos += 9;
		assertThat(deadline.remaining()).isEqualTo(Duration.ofNanos(1));
		assertThat(deadline.hasPassed()).isFalse();
		this.nanos += 1;
		assertThat(deadline.remaining()).isZero();
		assertThat(deadline.hasPassed()).isTrue();
		this.nanos += 1;
		assertThat(deadline.remaining()).isZero();
		assertThat(deadline.hasPassed()).isTrue();
	}

	@Test
	void earlierDeadlineApplies() {
		Deadline deadline = Deadline.after(Duration.ofNanos(10), this.time);
		assertThat(deadline.within(Duration.ofNanos(4)).remaining()).isEqualTo(Duration.ofNanos(4));
		assertThat(deadline.within(Duration.ofNanos(40)).remaining()).isEqualTo(Duration.ofNanos(10));
		assertThat(deadline.within(Duration.ofNanos(-1)).hasPassed()).isTrue();
	}

	@Test
	void longestTimeoutNeverPasses() {
		Deadline deadline = Deadline.after(Duration.ofSeconds(Long.MAX_VALUE), this.time);
		this.nanos += Duration.ofDays(10_000).toNanos();
		assertThat(deadline.hasPassed()).isFalse();
		assertThat(deadline.within(Duration.ofSeconds(1)).remaining()).isEqualTo(Duration.ofSeconds(1));
	}

}

package com.comfydeploy.internal;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BackOff}.
 */
class BackOffTests {

	private static final Duration INITIAL = Duration.ofSeconds(1);

	private static final Duration MAX = Duration.ofSeconds(20);

	@ParameterizedTest
	@CsvSource({ "1, PT1S", "2, PT3S", "3, PT9S", "4, PT20S", "1000, PT20S" })
	void boundGrowsUpToItsMaximum(int attempts, Duration bound) {
		assertThat(BackOff.bound(INITIAL, 3, MAX, attempts)).isEqualTo(bound);
		assertThat(fullJitter(1, attempts)).isEqualTo(bound);
		assertThat(fullJitter(0.5, attempts)).isEqualTo(bound.dividedBy(2));
		assertThat(fullJitter(0, attempts)).isZero();
		assertThat(equalJitter(1, attempts)).isEqualTo(bound);
		assertThat(equalJitter(0.5, attempts)).isEqualTo(bound.multipliedBy(3).dividedBy(4));
		assertThat(equalJitter(0, attempts)).isEqualTo(bound.dividedBy(2));
	}

	@Test
	void longestDurationsDoNotOverflow() {
		Duration longest = Duration.ofSeconds(Long.MAX_VALUE);
		assertThat(BackOff.bound(longest, 2, longest, 2)).isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
		assertThat(BackOff.bound(INITIAL, 3, longest, 1000)).isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
	}

	private static Duration fullJitter(double random, int attempts) {
		return new BackOff(() -> random).fullJitter(INITIAL, 3, MAX, attempts);
	}

	private static Duration equalJitter(double random, int attempts) {
		return new BackOff(() -> random).equalJitter(INITIAL, 3, MAX, attempts);
	}

}

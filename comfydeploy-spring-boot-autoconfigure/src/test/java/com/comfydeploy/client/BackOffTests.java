package com.comfydeploy.client;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import com.comfydeploy.session.RetrySettings;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BackOff}.
 */
class BackOffTests {

	private static final RetrySettings SETTINGS = RetrySettings.builder()
		.initialInterval(Duration.ofSeconds(1))
		.multiplier(3)
		.maxInterval(Duration.ofSeconds(20))
		.build();

	@ParameterizedTest
	@CsvSource({ "1, PT1S", "2, PT3S", "3, PT9S", "4, PT20S", "1000, PT20S" })
	void boundGrowsUpToItsMaximum(int attempts, Duration bound) {
		assertThat(new BackOff(() -> 1).next(SETTINGS, attempts, null)).isEqualTo(bound);
		assertThat(new BackOff(() -> 0.5).next(SETTINGS, attempts, null)).isEqualTo(bound.dividedBy(2));
		assertThat(new BackOff(() -> 0).next(SETTINGS, attempts, null)).isZero();
	}

	@Test
	void retryAfterIsLowerBound() {
		BackOff backOff = new BackOff(() -> 1);
		assertThat(backOff.next(SETTINGS, 2, Duration.ofSeconds(2))).isEqualTo(Duration.ofSeconds(3));
		assertThat(backOff.next(SETTINGS, 2, Duration.ofSeconds(4))).isEqualTo(Duration.ofSeconds(4));
	}

}

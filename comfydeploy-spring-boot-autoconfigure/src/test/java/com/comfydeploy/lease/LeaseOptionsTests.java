package com.comfydeploy.lease;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link LeaseOptions} as values.
 */
class LeaseOptionsTests {

	private static final LeaseOptions OPTIONS = LeaseOptions.builder()
		.extension(Duration.ofMinutes(5))
		.renewBefore(Duration.ofMinutes(1))
		.maxLifetime(Duration.ofHours(1))
		.readyTimeout(Duration.ofMinutes(2))
		.checkInterval(Duration.ofSeconds(30))
		.owner("somebody")
		.build();

	@Test
	void copyIsEqualAndAnyOtherIsNot() {
		assertThat(OPTIONS.mutate().build()).isEqualTo(OPTIONS)
			.hasSameHashCodeAs(OPTIONS)
			.hasToString(OPTIONS.toString());
		assertThat(List.of(OPTIONS.mutate().extension(null).build(), OPTIONS.mutate().renewBefore(null).build(),
				OPTIONS.mutate().maxLifetime(null).build(), OPTIONS.mutate().readyTimeout(null).build(),
				OPTIONS.mutate().checkInterval(null).build(), OPTIONS.mutate().owner(null).build(),
				LeaseOptions.builder().build()))
			.doesNotContain(OPTIONS)
			.doesNotHaveDuplicates();
	}

	@Test
	void invalidOptionsAreRejected() {
		LeaseOptions.Builder builder = LeaseOptions.builder();
		assertThatIllegalArgumentException().isThrownBy(() -> builder.extension(Duration.ofSeconds(90)));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.renewBefore(Duration.ZERO));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.maxLifetime(Duration.ZERO));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.readyTimeout(Duration.ofSeconds(-1)));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.checkInterval(Duration.ofSeconds(-1)));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> OPTIONS.mutate().renewBefore(Duration.ofMinutes(5)).build());
	}

}

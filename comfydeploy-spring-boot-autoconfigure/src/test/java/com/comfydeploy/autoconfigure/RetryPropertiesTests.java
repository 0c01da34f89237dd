package com.comfydeploy.autoconfigure;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import com.comfydeploy.session.RetrySettings;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the retry settings from properties, from defaults and from a copy.
 */
class RetryPropertiesTests {

	@Test
	void defaultsOfThePropertiesAreThoseOfTheSettings() {
		assertThat(ClientConfiguration.retrySettings(new ComfyDeployProperties.Retry()).toString())
			.isEqualTo(RetrySettings.defaults().toString());
	}

	@Test
	void everyPropertyIsPassedOn() {
		ComfyDeployProperties.Retry properties = new ComfyDeployProperties.Retry();
		properties.setMaxAttempts(7);
		properties.setInitialInterval(Duration.ofMillis(1));
		properties.setMultiplier(3);
		properties.setMaxInterval(Duration.ofMillis(5));
		properties.setMaxElapsedTime(Duration.ofSeconds(9));
		properties.setRetryConnectionErrors(false);
		properties.setRetryNonIdempotent(true);
		RetrySettings settings = ClientConfiguration.retrySettings(properties);
		assertThat(settings).hasToString(RetrySettings.builder()
			.maxAttempts(7)
			.initialInterval(Duration.ofMillis(1))
			.multiplier(3)
			.maxInterval(Duration.ofMillis(5))
			.maxElapsedTime(Duration.ofSeconds(9))
			.retryConnectionErrors(false)
			.retryNonIdempotent(true)
			.build()
			.toString());
		assertThat(settings.mutate().build()).hasToString(settings.toString());
		assertThat(settings.toString()).contains("7", "PT0.001S", "3.0", "PT0.005S", "PT9S", "false", "true");
	}

}

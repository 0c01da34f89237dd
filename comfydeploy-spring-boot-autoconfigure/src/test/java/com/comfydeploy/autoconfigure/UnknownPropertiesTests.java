package com.comfydeploy.autoconfigure;

import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the warning about unknown properties.
 */
@ExtendWith(OutputCaptureExtension.class)
class UnknownPropertiesTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class));

	@ParameterizedTest
	@CsvSource({ "comfydeploy.token, comfydeploy.bearer", "comfydeploy.baerer, comfydeploy.bearer",
			"comfydeploy.lease.max-lifetme, comfydeploy.lease.max-lifetime",
			"comfydeploy.max-lifetime, comfydeploy.lease.max-lifetime", "comfydeploy.baseurls, comfydeploy.base-url",
			"comfydeploy.retry.maxAttempt, comfydeploy.retry.max-attempts" })
	void unknownPropertyIsReportedWithASimilarName(String property, String nearest, CapturedOutput output) {
		this.contextRunner.withPropertyValues(property + "=1s")
			.run((context) -> assertThat(output)
				.containsPattern("The property '[a-z.-]+' is unknown and has no effect \\(.*Did you mean '" + nearest)
				.doesNotContain("1s"));
	}

	@Test
	void whenNoNameIsSimilarNoneIsSuggested(CapturedOutput output) {
		this.contextRunner.withPropertyValues("comfydeploy.something.completely.different=1")
			.run((context) -> assertThat(output)
				.contains("The property 'comfydeploy.something.completely.different' is unknown")
				.doesNotContain("Did you mean"));
	}

	@ParameterizedTest
	@CsvSource({ "comfydeploy.lease.max-lifetime, 2h", "comfydeploy.lease.maxLifetime, 2h",
			"comfydeploy.lease.MAX_LIFETIME, 2h", "comfydeploy.base-url, http://localhost:1", "comfydeploys.token, 1",
			"my.comfydeploy.token, 1" })
	void knownPropertiesAndThoseOfOthersAreNotReported(String property, String value, CapturedOutput output) {
		this.contextRunner.withPropertyValues(property + "=" + value)
			.run((context) -> assertThat(output).doesNotContain("is unknown"));
	}

	@Test
	void environmentVariableIsReportedOnlyIfSimilar(CapturedOutput output) {
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new SystemEnvironmentPropertySource("systemEnvironment",
						Map.of("COMFYDEPLOY_API_KEY", "secret-1", "COMFYDEPLOY_LEASE_MAXLIFETIME", "2h",
								"COMFYDEPLOY_LEASE_MAXLIFETME", "3h"))))
			.run((context) -> assertThat(output).contains("'comfydeploy.lease.maxlifetme' is unknown")
				.contains("Did you mean 'comfydeploy.lease.max-lifetime'?")
				.doesNotContain("api.key", "secret-1", "'comfydeploy.lease.maxlifetime' is"));
	}

	@Test
	void variableWithAnUnderscoreForADashIsNotReported(CapturedOutput output) {
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new SystemEnvironmentPropertySource("systemEnvironment", Map.of("COMFYDEPLOY_LEASE_MAX_OPEN",
						"3", "COMFYDEPLOY_LEASE_JDBC_INITIALIZE_SCHEMA", "never", "COMFYDEPLOY_READ_TIMEOUT", "7s"))))
			.run((context) -> {
				assertThat(context.getBean(ComfyDeployProperties.class).getReadTimeout())
					.isEqualTo(Duration.ofSeconds(7));
				assertThat(output).doesNotContain("is unknown");
			});
	}

	@Test
	void whenDisabledNothingIsReported(CapturedOutput output) {
		this.contextRunner.withPropertyValues("comfydeploy.enabled=false", "comfydeploy.token=1")
			.run((context) -> assertThat(output).doesNotContain("is unknown"));
	}

}

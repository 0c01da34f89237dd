package com.comfydeploy.autoconfigure;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the failure analysis that an application prints when it does not start.
 */
@ExtendWith(OutputCaptureExtension.class)
class ComfyDeployFailureAnalysisTests {

	private static final String BEARER = "comfydeploy.bearer=cd_token_0123456789";

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
	// @formatter:off
			"base-url                     | api.comfydeploy.com/api",
			"base-url                     | ftp://api.comfydeploy.com/api",
			"base-url                     | https://",
			"base-url                     | https:///api",
			"base-url                     | https://api comfydeploy com",
			"base-url                     | https://user:p4ssw0rd@api.comfydeploy.com/api",
			"base-url                     | https://user@api.comfydeploy.com/api",
			"base-url                     | https://api.comfydeploy.com/api?version=1",
			"base-url                     | https://api.comfydeploy.com/api#top",
			"base-url                     | https://api.comfydeploy.com:99999/api",
			"base-url                     | https://api.comfydeploy.com:0/api",
			"connect-timeout              | 0",
			"connect-timeout              | -1s",
			"connect-timeout              | soon",
			"read-timeout                 | 0s",
			"read-timeout                 | -1ms",
			"read-timeout                 | soon",
			"wait-timeout                 | 0ms",
			"wait-timeout                 | -11m",
			"wait-timeout                 | soon",
			"poll-interval                | 0s",
			"poll-interval                | -1s",
			"ssl.bundle                   | unknown",
			"retry.enabled                | perhaps",
			"retry.max-attempts           | 0",
			"retry.max-attempts           | -3",
			"retry.max-attempts           | many",
			"retry.initial-interval       | -1ms",
			"retry.initial-interval       | soon",
			"retry.multiplier             | 0.99",
			"retry.multiplier             | NaN",
			"retry.multiplier             | Infinity",
			"retry.multiplier             | twice",
			"retry.max-interval           | -1s",
			"retry.max-interval           | soon",
			"retry.max-elapsed-time       | 0",
			"retry.max-elapsed-time       | -2m",
			"retry.max-elapsed-time       | soon",
			"retry.retry-connection-errors| perhaps",
			"retry.retry-non-idempotent   | perhaps",
			"lease.extension              | 0m",
			"lease.extension              | -5m",
			"lease.extension              | 90s",
			"lease.extension              | 2147483648m",
			"lease.extension              | soon",
			"lease.renew-before           | 0s",
			"lease.renew-before           | -1s",
			"lease.renew-before           | 5m",
			"lease.renew-before           | 1h",
			"lease.renew-before           | soon",
			"lease.max-lifetime           | 0",
			"lease.max-lifetime           | -1h",
			"lease.max-lifetime           | soon",
			"lease.ready-timeout          | 0s",
			"lease.ready-timeout          | -1s",
			"lease.ready-timeout          | soon",
			"lease.shutdown-timeout       | 0s",
			"lease.shutdown-timeout       | -20s",
			"lease.shutdown-timeout       | soon",
			"lease.check-interval         | -1s",
			"lease.max-open               | 0",
			"lease.acquire-timeout        | -1s",
			"enabled                      | perhaps"
			// @formatter:on
	})
	void whenValueIsInvalidReportNamesTheProperty(String property, String value, CapturedOutput output) {
		String report = FailingApplication.report(output, BEARER, "comfydeploy." + property + "=" + value);
		assertThat(report).contains("APPLICATION FAILED TO START")
			.contains("comfydeploy." + property)
			.doesNotContain("cd_token_0123456789", "p4ssw0rd");
	}

	@ParameterizedTest
	@ValueSource(strings = { "comfydeploy.read-timeout=-1ms", "comfydeploy.lease.extension=90s",
			"comfydeploy.bearer=s3cr3t s3cr3t" })
	void whenValueIsInvalidReportSaysWhereItWasSet(String property, CapturedOutput output) {
		String[] properties = property.startsWith("comfydeploy.bearer") ? new String[] { property }
				: new String[] { BEARER, property };
		assertThat(FailingApplication.report(output, properties)).contains("APPLICATION FAILED TO START")
			.containsPattern("Origin: .*" + property.substring(0, property.indexOf('=')))
			.doesNotContain("s3cr3t");
	}

	@Test
	void whenBaseUrlIsEmptyReportNamesTheProperty(CapturedOutput output) {
		assertThat(FailingApplication.report(output, BEARER, "comfydeploy.base-url="))
			.contains("APPLICATION FAILED TO START", "comfydeploy.base-url", "http://");
	}

	@ParameterizedTest(name = "[{index}]")
	@ValueSource(strings = { "s3cr3t s3cr3t", "s3cr3t\ns3cr3t", "s3cr3t\r\nX-Evil: s3cr3t", "s3cr3t\ts3cr3t",
			"s3cr3t\u00e9", "s3cr3t\u0000", "\u201cs3cr3t\u201d", " s3cr3t", "s3cr3t\n" })
	void whenTokenIsInvalidReportHidesTheValue(String token, CapturedOutput output) {
		String report = FailingApplication.report(output, "comfydeploy.bearer=" + token);
		assertThat(report).contains("APPLICATION FAILED TO START", "comfydeploy.bearer")
			.doesNotContain("s3cr3t", "Evil");
	}

	@Test
	void whenTokenIsMissingReportSaysWhatToSet(CapturedOutput output) {
		assertThat(FailingApplication.report(output, InjectingApplication.class))
			.contains("APPLICATION FAILED TO START", "comfydeploy.bearer", "COMFYDEPLOY_BEARER", "BearerTokenProvider")
			.contains("InjectingApplication")
			.doesNotContain("Consider defining a bean");
	}

	@Test
	void whenTokenHasAnotherNameReportNamesIt(CapturedOutput output) {
		assertThat(FailingApplication.report(output, InjectingApplication.class, "comfydeploy.api-key=s3cr3t"))
			.contains("no ComfyDeploy token is set. The property 'comfydeploy.api-key' is unknown and has no effect.\n")
			.contains("Set the property 'comfydeploy.bearer'")
			.doesNotContain("s3cr3t");
	}

	@Test
	void whenTokenUnderAnotherNameIsEmptyReportDoesNotNameIt(CapturedOutput output) {
		assertThat(FailingApplication.report(output, InjectingApplication.class, "comfydeploy.api-key="))
			.contains("no ComfyDeploy token is set.\n");
	}

	@Test
	void whenTokenIsMissingForLeasesReportSaysWhatToSet(CapturedOutput output) {
		assertThat(FailingApplication.report(output, InjectingLeases.class))
			.contains("APPLICATION FAILED TO START", "SessionLeases", "comfydeploy.bearer", "COMFYDEPLOY_BEARER")
			.doesNotContain("Consider defining a bean");
	}

	@ParameterizedTest
	@ValueSource(classes = { RunnerWithOperations.class, RunnerWithLeases.class, RunnerThatAsks.class })
	void whenInitializationIsLazyReportSaysWhatToSet(Class<?> application, CapturedOutput output) {
		String report = FailingApplication.report(output, application, "spring.main.lazy-initialization=true");
		assertThat(report).contains("APPLICATION FAILED TO START", "comfydeploy.bearer", "COMFYDEPLOY_BEARER")
			.doesNotContain("Consider defining a bean");
	}

	@Test
	void whenInitializationIsLazyTheLogSaysWhatToSet(CapturedOutput output) {
		new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.run("--spring.main.lazy-initialization=true")
			.close();
		assertThat(output).contains("no ComfyDeploy token is set", "comfydeploy.bearer", "COMFYDEPLOY_BEARER");
	}

	@Test
	void whenThereAreTwoOperationsReportOfLeasesAsksForAPrimaryOne(CapturedOutput output) {
		assertThat(FailingApplication.report(output, LeasesOfTwoOperations.class))
			.contains("APPLICATION FAILED TO START", "SessionLeases", "one, other", "@Primary",
					"defaultCandidate = false")
			.doesNotContain("comfydeploy.bearer", "Consider defining a bean");
	}

	@Test
	void whenTokenIsBlankReportSaysWhatToSet(CapturedOutput output) {
		assertThat(FailingApplication.report(output, InjectingApplication.class, "comfydeploy.bearer= "))
			.contains("APPLICATION FAILED TO START", "comfydeploy.bearer", "COMFYDEPLOY_BEARER");
	}

	@Test
	void whenDisabledReportSaysSo(CapturedOutput output) {
		assertThat(FailingApplication.report(output, InjectingApplication.class, BEARER, "comfydeploy.enabled=false"))
			.contains("APPLICATION FAILED TO START", "comfydeploy.enabled")
			.doesNotContain("cd_token_0123456789", "COMFYDEPLOY_BEARER");
	}

	@Test
	void whenAutoConfigurationIsAbsentTheTokenIsNotBlamed(CapturedOutput output) {
		assertThat(FailingApplication.report(output, WithoutAutoConfiguration.class, BEARER))
			.contains("APPLICATION FAILED TO START", "SessionOperations")
			.doesNotContain("there is no ComfyDeploy token", "cd_token_0123456789");
	}

	@Test
	void whenAnotherBeanIsMissingSpringBootReportsIt(CapturedOutput output) {
		assertThat(FailingApplication.report(output, InjectingSomethingElse.class, BEARER))
			.contains("APPLICATION FAILED TO START", "java.lang.Runnable")
			.doesNotContain("comfydeploy.bearer");
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SslAutoConfiguration.class, ComfyDeployAutoConfiguration.class })
	static class InjectingApplication {

		@Bean
		Object user(SessionOperations sessionOperations) {
			return sessionOperations.toString();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SslAutoConfiguration.class, ComfyDeployAutoConfiguration.class })
	static class InjectingLeases {

		@Bean
		Object user(SessionLeases sessionLeases) {
			return sessionLeases.toString();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class WithoutAutoConfiguration {

		@Bean
		Object user(SessionOperations sessionOperations) {
			return sessionOperations.toString();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SslAutoConfiguration.class, ComfyDeployAutoConfiguration.class })
	static class InjectingSomethingElse {

		@Bean
		Object user(Runnable runnable) {
			return runnable.toString();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SslAutoConfiguration.class, ComfyDeployAutoConfiguration.class })
	static class RunnerWithOperations {

		@Bean
		ApplicationRunner runner(SessionOperations sessionOperations) {
			return (arguments) -> sessionOperations.list();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SslAutoConfiguration.class, ComfyDeployAutoConfiguration.class })
	static class RunnerWithLeases {

		@Bean
		ApplicationRunner runner(SessionLeases sessionLeases) {
			return (arguments) -> sessionLeases.active();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SslAutoConfiguration.class, ComfyDeployAutoConfiguration.class })
	static class RunnerThatAsks {

		@Bean
		ApplicationRunner runner(ObjectProvider<SessionOperations> sessionOperations) {
			return (arguments) -> sessionOperations.getObject().list();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SslAutoConfiguration.class, ComfyDeployAutoConfiguration.class })
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SslAutoConfiguration.class, ComfyDeployAutoConfiguration.class })
	static class LeasesOfTwoOperations {

		@Bean
		SessionOperations one() {
			return SessionOperationsBuilder.authorizedBy(() -> "one").build();
		}

		@Bean
		SessionOperations other() {
			return SessionOperationsBuilder.authorizedBy(() -> "other").build();
		}

		@Bean
		Object user(SessionLeases sessionLeases) {
			return sessionLeases.toString();
		}

	}

}

package com.comfydeploy.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.actuate.autoconfigure.context.properties.ConfigurationPropertiesReportEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.env.EnvironmentEndpointAutoConfiguration;
import org.springframework.boot.actuate.context.properties.ConfigurationPropertiesReportEndpoint;
import org.springframework.boot.actuate.env.EnvironmentEndpoint;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the Actuator endpoints when they are configured to show all values.
 */
class SanitizingTests {

	private static final String TOKEN = "cd_s3cr3t_0123456789";

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(ComfyDeployAutoConfiguration.class, EnvironmentEndpointAutoConfiguration.class,
						ConfigurationPropertiesReportEndpointAutoConfiguration.class))
		.withPropertyValues("management.endpoints.web.exposure.include=*", "management.endpoint.env.show-values=always",
				"management.endpoint.configprops.show-values=always", "comfydeploy.base-url=https://shown.example.com");

	@Test
	void tokenIsNotShown() {
		this.contextRunner.withPropertyValues("comfydeploy.bearer=" + TOKEN).run(SanitizingTests::assertHidden);
	}

	@ParameterizedTest
	@ValueSource(strings = { "COMFYDEPLOY_BEARER", "comfydeploy.Bearer", "comfydeploy.BEARER", "ComfyDeploy.bearer" })
	void tokenIsNotShownHoweverItsKeyIsWritten(String key) {
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new SystemEnvironmentPropertySource("variables", Map.of(key, TOKEN))))
			.run(SanitizingTests::assertHidden);
	}

	@Test
	void tokenIsNotShownInTheValueOfAnotherProperty() {
		Map<String, Object> properties = new LinkedHashMap<>();
		properties.put("SPRING_APPLICATION_JSON", "{\"comfydeploy\":{\"bearer\":\"" + TOKEN + "\"}}");
		properties.put("JAVA_TOOL_OPTIONS", "-Dcomfydeploy.bearer=" + TOKEN);
		properties.put("sun.java.command", "app.jar --comfydeploy.bearer=" + TOKEN + " --more");
		properties.put("my.other.key", TOKEN);
		properties.put("my.placeholder", "Bearer ${comfydeploy.bearer}");
		this.contextRunner.withPropertyValues("comfydeploy.bearer=" + TOKEN)
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addLast(new MapPropertySource("others", properties)))
			.run(SanitizingTests::assertHidden);
	}

	@Test
	void tokenIsNotShownInTheValueOfAnotherBean() {
		this.contextRunner.withPropertyValues("comfydeploy.bearer=" + TOKEN, "my.secret=${comfydeploy.bearer}")
			.withUserConfiguration(MyConfiguration.class)
			.run(SanitizingTests::assertHidden);
	}

	@Test
	void tokenIsNotShownWhereItIsOverridden() {
		this.contextRunner.withPropertyValues("comfydeploy.bearer=another")
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addLast(new SystemEnvironmentPropertySource("variables", Map.of("COMFYDEPLOY_BEARER", TOKEN))))
			.run(SanitizingTests::assertHidden);
	}

	@Test
	void tokenIsNotShownWhereItIsOverriddenWithNone() {
		this.contextRunner.withPropertyValues("comfydeploy.bearer=")
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addLast(new SystemEnvironmentPropertySource("variables", Map.of("COMFYDEPLOY_BEARER", TOKEN))))
			.run(SanitizingTests::assertHidden);
	}

	@ParameterizedTest
	@ValueSource(strings = { "test", "dev", "token" })
	void whenTokenIsAShortWordOtherValuesAreShown(String token) {
		this.contextRunner
			.withPropertyValues("comfydeploy.bearer=" + token, "my.topic=latest-orders", "my.name=dev token test")
			.run((context) -> assertThat(environment(context)).contains("latest-orders", "dev token test", "******"));
	}

	@Test
	void whenThereIsNoTokenOtherValuesAreShown() {
		this.contextRunner.withPropertyValues("my.key=shown too")
			.run((context) -> assertThat(environment(context)).contains("shown too", "https://shown.example.com"));
	}

	private static void assertHidden(ApplicationContext context) throws JsonProcessingException {
		assertThat(environment(context)).contains("https://shown.example.com", "******").doesNotContain(TOKEN);
		assertThat(configurationProperties(context)).contains("https://shown.example.com").doesNotContain(TOKEN);
	}

	private static String environment(ApplicationContext context) throws JsonProcessingException {
		return json(context.getBean(EnvironmentEndpoint.class).environment(null));
	}

	private static String configurationProperties(ApplicationContext context) throws JsonProcessingException {
		return json(context.getBean(ConfigurationPropertiesReportEndpoint.class).configurationProperties());
	}

	private static String json(Object value) throws JsonProcessingException {
		return new ObjectMapper().writeValueAsString(value);
	}

	@EnableConfigurationProperties(MyProperties.class)
	static class MyConfiguration {

	}

	@ConfigurationProperties("my")
	record MyProperties(String secret) {

	}

}

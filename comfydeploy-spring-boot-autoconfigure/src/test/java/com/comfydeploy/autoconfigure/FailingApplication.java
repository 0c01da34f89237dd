package com.comfydeploy.autoconfigure;

import java.util.Arrays;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Application that fails to start, to read the report of the failure analyzers that
 * Spring Boot finds.
 */
final class FailingApplication {

	private FailingApplication() {
	}

	/**
	 * Start an application with the auto-configuration.
	 * @param output the captured output
	 * @param properties the properties, such as {@code name=value}
	 * @return the report
	 */
	static String report(CapturedOutput output, String... properties) {
		return report(output, Application.class, properties);
	}

	static String report(CapturedOutput output, Class<?> source, String... properties) {
		int before = output.getAll().length();
		SpringApplication application = new SpringApplicationBuilder(source).web(WebApplicationType.NONE)
			.logStartupInfo(false)
			.application();
		application.setRegisterShutdownHook(false);
		String[] arguments = Arrays.stream(properties).map((property) -> "--" + property).toArray(String[]::new);
		Throwable failure = catchThrowable(() -> application.run(arguments).close());
		assertThat(failure).as("the start with " + Arrays.toString(properties)).isNotNull();
		return output.getAll().substring(before);
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ SslAutoConfiguration.class, ComfyDeployAutoConfiguration.class })
	static class Application {

	}

}

package com.comfydeploy.test.autoconfigure;

import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails;
import com.comfydeploy.client.BearerTokenProvider;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link FakeComfyDeployAutoConfiguration}.
 */
@ExtendWith(OutputCaptureExtension.class)
class FakeComfyDeployAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(FakeComfyDeployAutoConfiguration.class, ComfyDeployAutoConfiguration.class));

	@Test
	void fakeIsDisabledByDefault() {
		this.contextRunner.run((context) -> assertThat(context).doesNotHaveBean(FakeComfyDeploy.class)
			.doesNotHaveBean(SessionOperations.class));
	}

	@Test
	void whenEnabledCallsReachTheFakeUntilTheApplicationStops(CapturedOutput output) {
		AtomicReference<String> url = new AtomicReference<>();
		this.contextRunner.withPropertyValues("comfydeploy.fake.enabled=true").run((context) -> {
			FakeComfyDeploy fake = context.getBean(FakeComfyDeploy.class);
			assertThat(context.getBean(SessionOperations.class).list()).isEmpty();
			assertThat(fake.requests("list")).hasSize(1);
			url.set(fake.getBaseUrl());
			assertThat(output).contains("fake ComfyDeploy at " + fake.getBaseUrl());
		});
		try (var client = SessionOperationsBuilder.authorizedBy(() -> "fake-token")
			.baseUrl(url.get())
			.retry(RetrySettings.none())
			.build()) {
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(client::list);
		}
	}

	@Test
	void whenEnabledNothingReachesTheRealServer() {
		this.contextRunner
			.withPropertyValues("comfydeploy.fake.enabled=true", "comfydeploy.bearer=real-token",
					"comfydeploy.base-url=http://127.0.0.1:9/api")
			.withBean(BearerTokenProvider.class, () -> () -> "another-real-token")
			.withUserConfiguration(RealConnection.class)
			.run((context) -> {
				assertThat(context.getBean(SessionOperations.class).list()).isEmpty();
				assertThat(context.getBean(FakeComfyDeploy.class).requests("list")).hasSize(1);
			});
	}

	@Test
	void applicationWithAFakeOfItsOwnKeepsIt() {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start()) {
			this.contextRunner.withPropertyValues("comfydeploy.fake.enabled=true")
				.withBean(FakeComfyDeploy.class, () -> fake)
				.run((context) -> assertThat(context).getBean(FakeComfyDeploy.class).isSameAs(fake));
		}
	}

	@Test
	void whenTheStarterIsDisabledThereIsNoFake() {
		this.contextRunner.withPropertyValues("comfydeploy.fake.enabled=true", "comfydeploy.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(FakeComfyDeploy.class));
	}

	@Test
	void whenTheTestModuleIsMissingTheStartFails() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader("com.comfydeploy.test"))
			.withPropertyValues("comfydeploy.fake.enabled=true", "comfydeploy.bearer=real-token")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("comfydeploy.fake.enabled")
				.hasMessageContaining("com.comfydeploy:comfydeploy-spring-boot-test"));
	}

	@Test
	void refusalSaysWhatToDo() {
		FailureAnalysis analysis = new PackagedFakeFailureAnalyzer().analyze(new PackagedFakeException("shop.jar"));
		assertThat(analysis.getDescription()).contains("'comfydeploy.fake.enabled'").contains("shop.jar");
		assertThat(analysis.getAction()).contains("Remove 'comfydeploy.fake.enabled'")
			.contains("'comfydeploy.fake.allow-packaged'");
	}

	@Configuration(proxyBeanMethods = false)
	static class RealConnection {

		@Bean
		ComfyDeployConnectionDetails realConnectionDetails() {
			return new ComfyDeployConnectionDetails() {

				@Override
				public String getBaseUrl() {
					return "http://127.0.0.1:9/api";
				}

				@Override
				public String getBearer() {
					return "a-third-real-token";
				}

			};
		}

	}

}

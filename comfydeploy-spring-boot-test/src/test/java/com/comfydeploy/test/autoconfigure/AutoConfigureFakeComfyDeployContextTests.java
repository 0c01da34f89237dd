package com.comfydeploy.test.autoconfigure;

import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.autoconfigure.json.JsonTest;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.test.annotation.DirtiesContext.HierarchyMode;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestContextManager;

import com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails;
import com.comfydeploy.client.BearerTokenProvider;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of the application contexts that have a fake because of
 * {@link AutoConfigureFakeComfyDeploy}, and of its end.
 */
class AutoConfigureFakeComfyDeployContextTests {

	@Test
	void equalTestClassesShareOneFake() {
		assertThat(context(OneMinute.class)).isSameAs(context(SixtySeconds.class))
			.isSameAs(context(Inheriting.class))
			.isSameAs(context(OneMinute.Nested.class))
			.isNotSameAs(context(Frozen.class));
		assertThat(context(OneMinute.class).getBean(FakeComfyDeploy.class))
			.isNotSameAs(context(Frozen.class).getBean(FakeComfyDeploy.class));
	}

	@Test
	void testClassWithoutTheAnnotationHasNoFake() {
		assertThat(context(NotAnnotated.class).getBeanProvider(FakeComfyDeploy.class)).isEmpty();
		assertThat(context(NotAnnotated.class).getBeanProvider(SessionOperations.class)).isEmpty();
	}

	@Test
	void sliceHasTheClientToo() {
		ApplicationContext context = context(Slice.class);
		assertThat(context.getBean(SessionOperations.class).list()).isEmpty();
		assertThat(context.getBean(FakeComfyDeploy.class).requests("list")).hasSize(1);
	}

	@Test
	void contextWithoutSpringBootsOwnTestSupportHasTheClientToo() {
		ApplicationContext context = context(NoSpringBootTest.class);
		assertThat(context.getBean(SessionOperations.class).list()).isEmpty();
		assertThat(context.getBean(FakeComfyDeploy.class).requests("list")).hasSize(1);
	}

	@Test
	void fakeOfTheApplicationIsNotUsed() {
		ApplicationContext context = context(OwnFake.class);
		assertThat(context.getBean(SessionOperations.class).list()).isEmpty();
		assertThat(context.getBean(FakeComfyDeploy.class).requests("list")).hasSize(1);
		assertThat(context.getBean("ownFake", FakeComfyDeploy.class).requests()).isEmpty();
	}

	@Test
	void whenApplicationHasPrimaryBeansTheFakeIsUsed() {
		ApplicationContext context = context(OwnPrimary.class);
		assertThat(context.getBean(SessionOperations.class).list()).isEmpty();
		assertThat(context.getBean(FakeComfyDeploy.class).requests("list")).hasSize(1);
	}

	@Test
	void fakeIsStoppedWithTheContext() {
		TestContext testContext = new TestContextManager(Frozen.class).getTestContext();
		FakeComfyDeploy fake = testContext.getApplicationContext().getBean(FakeComfyDeploy.class);
		SessionOperations other = SessionOperationsBuilder.authorizedBy(fake::getBearer)
			.baseUrl(fake.getBaseUrl())
			.retry(RetrySettings.none())
			.build();
		assertThat(other.list()).isEmpty();
		testContext.markApplicationContextDirty(HierarchyMode.EXHAUSTIVE);
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(other::list);
	}

	@Test
	void invalidStartupIsReported() {
		assertThatIllegalArgumentException().isThrownBy(() -> context(WrongStartup.class))
			.withMessage("'soon' is not a valid duration");
	}

	private static ApplicationContext context(Class<?> testClass) {
		return new TestContextManager(testClass).getTestContext().getApplicationContext();
	}

	@SpringBootTest(classes = Application.class)
	@AutoConfigureFakeComfyDeploy(startup = "1m")
	static class OneMinute {

		class Nested {

		}

	}

	@SpringBootTest(classes = Application.class)
	@AutoConfigureFakeComfyDeploy(startup = "60s")
	static class SixtySeconds {

	}

	static class Inheriting extends OneMinute {

	}

	@SpringBootTest(classes = Application.class)
	@AutoConfigureFakeComfyDeploy(frozen = true, startup = "1m")
	static class Frozen {

	}

	@SpringBootTest(classes = Application.class)
	@AutoConfigureFakeComfyDeploy(startup = "soon")
	static class WrongStartup {

	}

	@SpringBootTest(classes = Application.class)
	static class NotAnnotated {

	}

	@JsonTest
	@ContextConfiguration(classes = Application.class)
	@AutoConfigureFakeComfyDeploy
	static class Slice {

	}

	@ContextConfiguration(classes = NoSpringBootTest.class)
	@AutoConfigureFakeComfyDeploy
	static class NoSpringBootTest {

	}

	@SpringBootTest(classes = { Application.class, OwnFakeConfiguration.class })
	@AutoConfigureFakeComfyDeploy
	static class OwnFake {

	}

	@SpringBootTest(classes = { Application.class, OwnPrimaryConfiguration.class })
	@AutoConfigureFakeComfyDeploy
	static class OwnPrimary {

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnPrimaryConfiguration {

		@Bean
		@Primary
		BearerTokenProvider ownTokens() {
			return () -> "the application's own";
		}

		@Bean
		@Primary
		ComfyDeployConnectionDetails ownConnectionDetails() {
			return new ComfyDeployConnectionDetails() {

				@Override
				public String getBaseUrl() {
					return "http://localhost:1";
				}

				@Override
				public String getBearer() {
					return "the application's own";
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnFakeConfiguration {

		@Bean
		FakeComfyDeploy ownFake() {
			return FakeComfyDeploy.start();
		}

		@Bean
		ComfyDeployConnectionDetails ownConnectionDetails(List<FakeComfyDeploy> fakes) {
			return new ComfyDeployConnectionDetails() {

				@Override
				public String getBaseUrl() {
					return fakes.get(0).getBaseUrl();
				}

				@Override
				public String getBearer() {
					return fakes.get(0).getBearer();
				}

			};
		}

	}

}

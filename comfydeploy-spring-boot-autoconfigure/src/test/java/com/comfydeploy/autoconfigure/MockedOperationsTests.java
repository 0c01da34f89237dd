package com.comfydeploy.autoconfigure;

import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

/**
 * Tests for leases in an application without a token, with one or more mocks of
 * {@link SessionOperations}.
 */
@SpringBootTest(classes = MockedOperationsTests.Application.class, webEnvironment = SpringBootTest.WebEnvironment.NONE)
class MockedOperationsTests {

	@MockitoBean
	SessionOperations sessionOperations;

	@Autowired
	Service service;

	@Test
	void whenOperationsAreAMockThereAreLeases() {
		given(this.sessionOperations.list()).willReturn(List.of());
		assertThat(this.service.sessionOperations.list()).isEmpty();
		assertThat(this.service.sessionLeases.active()).isEmpty();
	}

	@Test
	void whenSecondClientIsNotADefaultThereAreLeases() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
			.withUserConfiguration(SecondClient.class)
			.withPropertyValues("comfydeploy.bearer=cd_token")
			.run((context) -> {
				assertThat(context).hasBean("otherAccount");
				assertThat(context.getBeanProvider(SessionOperations.class).getObject())
					.isSameAs(context.getBean("comfyDeploySessionOperations"));
				assertThat(context).hasSingleBean(SessionLeases.class);
			});
	}

	@Test
	void whenThereIsNoOperationsBeanThereAreNoLeases() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SessionLeases.class));
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(ComfyDeployAutoConfiguration.class)
	static class Application {

		@Bean
		Service service(SessionOperations sessionOperations, SessionLeases sessionLeases) {
			return new Service(sessionOperations, sessionLeases);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SecondClient {

		@Bean(defaultCandidate = false)
		SessionOperations otherAccount() {
			return SessionOperationsBuilder.authorizedBy(() -> "other").build();
		}

	}

	record Service(SessionOperations sessionOperations, SessionLeases sessionLeases) {

	}

}

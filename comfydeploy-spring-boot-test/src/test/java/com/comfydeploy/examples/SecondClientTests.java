package com.comfydeploy.examples;

import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.client.BearerTokenProvider;
import com.comfydeploy.client.SessionClient;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.lease.LeaseOptions;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.lease.SessionLeasesBuilder;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for a second client, for the source of the token, and for proxies.
 */
class SecondClientTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	@Test
	void clientAndLeasesAreCreatedWithoutSpring() throws Exception {
		try (FakeComfyDeploy comfyDeploy = FakeComfyDeploy.start()) {
			String token = comfyDeploy.getBearer();
			String baseUrl = comfyDeploy.getBaseUrl();
			SessionClient sessions = SessionOperationsBuilder.authorizedBy(() -> token)
				.baseUrl(baseUrl)
				.readTimeout(Duration.ofSeconds(10))
				.retry(RetrySettings.builder().maxAttempts(3).build())
				.build();
			SessionLeases leases = SessionLeasesBuilder.with(sessions)
				.options(LeaseOptions.builder().maxLifetime(Duration.ofMinutes(20)).build())
				.build();
			SessionLease lease = leases.open(CreateSessionRequest.forMachine(MACHINE).build());
			assertThat(lease.isOpen()).isTrue();
			((DisposableBean) leases).destroy();
			assertThat(sessions.list()).isEmpty();
			sessions.close();
		}
	}

	@Test
	void secondClientIsAnotherBean() {
		try (FakeComfyDeploy first = FakeComfyDeploy.start(); FakeComfyDeploy second = FakeComfyDeploy.start()) {
			new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
				.withPropertyValues("comfydeploy.base-url=" + first.getBaseUrl(),
						"comfydeploy.bearer=" + first.getBearer(), "studio.base-url=" + second.getBaseUrl(),
						"studio.bearer=" + second.getBearer())
				.withUserConfiguration(StudioAccount.class)
				.withBean(Accounts.class)
				.run((context) -> {
					context.getBean(Accounts.class).list();
					assertThat(context).hasSingleBean(SessionLeases.class);
				});
			assertThat(first.requests("list")).hasSize(1);
			assertThat(second.requests("list")).hasSize(1);
		}
	}

	@Test
	void tokenIsReadForEachRequest() {
		try (FakeComfyDeploy comfyDeploy = FakeComfyDeploy.start()) {
			new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
				.withPropertyValues("comfydeploy.base-url=" + comfyDeploy.getBaseUrl())
				.withBean(Vault.class, () -> comfyDeploy::getBearer)
				.withUserConfiguration(Tokens.class)
				.run((context) -> assertThat(context.getBean(SessionOperations.class).list()).isEmpty());
			assertThat(comfyDeploy.requests("list")).hasSize(1);
		}
	}

	@Test
	void proxyOfTheJvmIsUsed() throws Exception {
		ProxySelector before = ProxySelector.getDefault();
		try (FakeComfyDeploy proxy = FakeComfyDeploy.start()) {
			ProxySelector.setDefault(proxySelector(URI.create(proxy.getBaseUrl()).getPort()));
			SessionClient sessions = SessionOperationsBuilder.authorizedBy(proxy::getBearer)
				.baseUrl("http://comfydeploy.invalid" + URI.create(proxy.getBaseUrl()).getPath())
				.retry(RetrySettings.none())
				.build();
			String id = sessions.create(CreateSessionRequest.forMachine(MACHINE).build()).sessionId();
			assertThat(sessions.list()).extracting("id").containsExactly(id);
			sessions.close();
		}
		finally {
			ProxySelector.setDefault(before);
		}
	}

	/**
	 * Proxy selector like that of {@code -Dhttp.proxyHost}, for all hosts except this
	 * machine.
	 */
	private static ProxySelector proxySelector(int port) {
		return ProxySelector.of(new InetSocketAddress("localhost", port));
	}

	interface Vault {

		String currentToken();

	}

	@Configuration(proxyBeanMethods = false)
	static class Tokens {

		@Bean
		BearerTokenProvider tokens(Vault vault) {
			return vault::currentToken;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class StudioAccount {

		@Bean(defaultCandidate = false)
		@Qualifier("studio")
		SessionClient studioSessions(@Value("${studio.base-url}") String baseUrl,
				@Value("${studio.bearer}") String bearer) {
			return SessionOperationsBuilder.authorizedBy(() -> bearer).baseUrl(baseUrl).build();
		}

	}

	static class Accounts {

		private final SessionOperations sessions;

		private final SessionOperations studioSessions;

		Accounts(SessionOperations sessions, @Qualifier("studio") SessionOperations studioSessions) {
			this.sessions = sessions;
			this.studioSessions = studioSessions;
		}

		void list() {
			this.sessions.list();
			this.studioSessions.list();
		}

	}

}

package com.comfydeploy.test.autoconfigure;

import java.time.Duration;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails;
import com.comfydeploy.client.BearerTokenProvider;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link AutoConfigureFakeComfyDeploy} on an application that is configured for
 * another server with another token, and lists its sessions while starting.
 */
@SpringBootTest(classes = AutoConfigureFakeComfyDeployTests.Application.class,
		properties = { "comfydeploy.base-url=https://comfydeploy.invalid", "comfydeploy.retry.enabled=false" })
@AutoConfigureFakeComfyDeploy(frozen = true, startup = "2m")
class AutoConfigureFakeComfyDeployTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static boolean first = true;

	@Autowired
	private FakeComfyDeploy fake;

	@Autowired
	private SessionOperations sessions;

	/** Only the very first test finds the requests from the start. */
	@BeforeEach
	void findWhatHappenedBefore() {
		assertThat(this.fake.requests("list")).hasSize(first ? 1 : 0);
		first = false;
	}

	@Test
	void applicationUsesTheFake() {
		String id = this.sessions.create(CreateSessionRequest.forMachine(MACHINE).build()).sessionId();
		assertThat(this.sessions.list()).extracting(Session::id).containsExactly(id);
		assertThat(this.fake.requests("create")).hasSize(1);
	}

	@Test
	void onlyTheTestMovesTime() {
		String id = this.sessions.create(CreateSessionRequest.forMachine(MACHINE).build()).sessionId();
		assertThat(this.sessions.get(id).isReady()).isFalse();
		this.fake.advance(Duration.ofSeconds(119));
		assertThat(this.sessions.get(id).isReady()).isFalse();
		this.fake.advance(Duration.ofSeconds(1));
		assertThat(this.sessions.get(id).isReady()).isTrue();
	}

	@RepeatedTest(2)
	void stateOfThePreviousTestIsRemoved() {
		assertThat(this.sessions.list()).isEmpty();
		this.sessions.create(CreateSessionRequest.forMachine(MACHINE).build());
		this.fake.fail(Fault.status(403).always());
		assertThatExceptionOfType(ComfyDeployApiException.Forbidden.class).isThrownBy(this.sessions::list);
	}

	@Test
	void connectionDetailsAreThoseOfTheFake(@Autowired ComfyDeployConnectionDetails details) {
		assertThat(details.getBaseUrl()).isEqualTo(this.fake.getBaseUrl());
		assertThat(details.getBearer()).isEqualTo(this.fake.getBearer());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		BearerTokenProvider tokenProvider() {
			return () -> "token-of-the-application";
		}

		@Bean
		ApplicationRunner controllerListsEverything(SessionOperations sessions) {
			return (arguments) -> sessions.list();
		}

	}

}

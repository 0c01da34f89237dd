package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of the project's own {@link SessionOperations} with a {@link FakeComfyDeploy}.
 */
class FakeComfyDeployClientTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final Duration STARTUP = Duration.ofMinutes(10);

	private static final Duration SHUTDOWN = Duration.ofMinutes(10);

	private final FakeComfyDeploy fake = FakeComfyDeploy.builder()
		.machines(MACHINE)
		.startup(STARTUP)
		.shutdown(SHUTDOWN)
		.start();

	private SessionOperations sessions;

	@BeforeEach
	void buildSessions() {
		this.sessions = sessions(this.fake.getBearer());
	}

	@AfterEach
	void close() throws Exception {
		((DisposableBean) this.sessions).destroy();
		this.fake.close();
	}

	@Test
	void sessionIsCreatedListedExtendedAndCancelled() {
		Instant before = Instant.now().truncatedTo(ChronoUnit.MICROS);
		CreatedSession created = this.sessions.create(
				CreateSessionRequest.forMachine(MACHINE).gpu(Gpu.A100_80GB).timeout(Duration.ofMinutes(30)).build());
		assertThat(created.url()).isNull();
		String id = created.sessionId();

		Session starting = this.sessions.get(id);
		assertThat(starting.isReady()).isFalse();
		assertThat(starting.createdAt()).isBetween(before, Instant.now());
		assertThat(starting).isEqualTo(new Session(id, starting.gpuEventId(), null, Gpu.A100_80GB, starting.createdAt(),
				Duration.ofMinutes(30), starting.createdAt().plus(Duration.ofMinutes(30)), MACHINE, null, "running",
				"user_fake", null));

		this.fake.advance(STARTUP);
		Session ready = this.sessions.get(id);
		assertThat(ready.isReady()).isTrue();
		assertThat(ready.url()).startsWith("http://localhost:");
		assertThat(this.sessions.list()).containsExactly(ready);
		assertThat(this.sessions.list(MACHINE)).containsExactly(ready);
		assertThat(this.sessions.list("00000000-0000-4000-8000-000000000002")).isEmpty();

		this.sessions.increaseTimeout(new IncreaseTimeoutRequest(MACHINE, id, Duration.ofMinutes(5), Gpu.A100_80GB));
		Session extended = this.sessions.get(id);
		assertThat(extended.timeout()).isEqualTo(Duration.ofMinutes(35));
		assertThat(extended.timeoutEnd()).isEqualTo(ready.timeoutEnd());

		assertThat(this.sessions.cancel(id)).isTrue();
		assertThat(this.sessions.get(id).timeoutEnd()).isNull();
		assertThat(this.sessions.list()).isEmpty();
		assertThat(this.sessions.cancel(id)).isTrue();
		this.fake.advance(SHUTDOWN);
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.sessions.get(id))
			.satisfies((ex) -> assertThat(ex.getDetail()).isEqualTo("GPUEvent not found"));
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.sessions.cancel(id));
	}

	@Test
	void bothWaitsReturn() throws Exception {
		try (FakeComfyDeploy immediate = FakeComfyDeploy.start()) {
			SessionOperations sessions = SessionOperationsBuilder.authorizedBy(immediate::getBearer)
				.baseUrl(immediate.getBaseUrl())
				.build();
			CreatedSession created = sessions
				.create(CreateSessionRequest.forMachine(MACHINE).waitForServer(true).build());
			assertThat(created.url()).isEqualTo(sessions.get(created.sessionId()).url()).isNotNull();
			assertThat(sessions.cancel(created.sessionId(), true)).isTrue();
			assertThatExceptionOfType(ComfyDeployApiException.NotFound.class)
				.isThrownBy(() -> sessions.get(created.sessionId()));
			((DisposableBean) sessions).destroy();
		}
	}

	@Test
	void cancelBeforeTheContainerClosesTheSession() throws Exception {
		try (FakeComfyDeploy slow = FakeComfyDeploy.builder().spawn(Duration.ofDays(1)).start()) {
			SessionOperations sessions = SessionOperationsBuilder.authorizedBy(slow::getBearer)
				.baseUrl(slow.getBaseUrl())
				.build();
			String id = sessions.create(CreateSessionRequest.forMachine(MACHINE).build()).sessionId();
			assertThat(sessions.cancel(id)).isFalse();
			assertThat(sessions.find(id)).isEmpty();
			slow.advance(Duration.ofDays(1));
			assertThat(slow.containers()).extracting(RunningContainer::sessionId).containsExactly(id);
			((DisposableBean) sessions).destroy();
		}
	}

	@Test
	void errorsAreTheClientsExceptions() throws Exception {
		assertThatExceptionOfType(HttpValidationException.class)
			.isThrownBy(() -> this.sessions.create(CreateSessionRequest.forMachine(MACHINE).gpu(Gpu.of("XYZ")).build()))
			.satisfies((ex) -> assertThat(ex.getErrors()).singleElement().satisfies((error) -> {
				assertThat(error.loc()).containsExactly("body", "gpu");
				assertThat(error.type()).isEqualTo("enum");
				assertThat(error.msg()).startsWith("Input should be 'CPU'");
			}));
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class)
			.isThrownBy(() -> this.sessions
				.create(CreateSessionRequest.forMachine("00000000-0000-4000-8000-000000000002").build()))
			.satisfies((ex) -> assertThat(ex.getDetail()).isEqualTo("Machine not found"));
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class)
			.isThrownBy(() -> this.sessions.create(CreateSessionRequest.forMachine("nope").build()))
			.satisfies((ex) -> assertThat(ex.getResponseBody()).isEqualTo("Internal Server Error"));
		SessionOperations unauthorized = sessions("wrong");
		assertThatExceptionOfType(ComfyDeployApiException.Unauthorized.class).isThrownBy(unauthorized::list)
			.satisfies((ex) -> assertThat(ex.getDetail()).isEqualTo("Invalid or expired token"));
		((DisposableBean) unauthorized).destroy();
	}

	private SessionOperations sessions(String bearer) {
		return SessionOperationsBuilder.authorizedBy(() -> bearer)
			.baseUrl(this.fake.getBaseUrl())
			.retry(RetrySettings.none())
			.build();
	}

}

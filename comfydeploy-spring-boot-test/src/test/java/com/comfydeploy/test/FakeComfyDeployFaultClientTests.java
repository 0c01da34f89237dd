package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionLogEntry;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.session.SessionSnapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of the project's own {@link SessionOperations} with a {@link FakeComfyDeploy}
 * that has faults, is slow, and streams.
 */
@Timeout(60)
class FakeComfyDeployFaultClientTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final Duration STARTUP = Duration.ofMinutes(2);

	private static final Duration LIMIT = Duration.ofSeconds(60);

	private final FakeComfyDeploy fake = FakeComfyDeploy.builder().frozen().startup(STARTUP).start();

	private SessionOperations sessions;

	@BeforeEach
	void buildSessions() {
		this.sessions = SessionOperationsBuilder.authorizedBy(this.fake::getBearer)
			.baseUrl(this.fake.getBaseUrl())
			.pollInterval(Duration.ofMillis(5))
			.retry(RetrySettings.builder().initialInterval(Duration.ofMillis(1)).build())
			.build();
	}

	@AfterEach
	void close() throws Exception {
		((DisposableBean) this.sessions).destroy();
		this.fake.close();
	}

	@Test
	void createWithALostResponseHasAnUnknownOutcome() {
		this.fake.fail(Fault.drop().carriedOut().on("create"));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this::create)
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		assertThat(this.fake.requests("create")).hasSize(1);
		assertThat(this.sessions.list()).hasSize(1);
	}

	@Test
	void createThatIsDroppedHasAnUnknownOutcome() {
		this.fake.fail(Fault.drop().on("create"));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this::create)
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		assertThat(this.fake.requests("create")).hasSize(1);
		assertThat(this.sessions.list()).isEmpty();
	}

	@Test
	void createWithALateResponseHasAnUnknownOutcome() {
		this.fake.fail(Fault.delay(Duration.ofMinutes(5)).carriedOut().on("create"));
		SessionOperations impatient = this.sessions
			.with(CallOptions.builder().readTimeout(Duration.ofSeconds(3)).build());
		assertThatExceptionOfType(ComfyDeployTransportException.class)
			.isThrownBy(() -> impatient.create(CreateSessionRequest.forMachine(MACHINE).build()))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		assertThat(this.sessions.list()).hasSize(1);
	}

	@Test
	void createThatIsRejectedIsSentAgain() {
		this.fake.fail(Fault.status(429).retryAfter(Duration.ZERO).on("create").times(2));
		create();
		assertThat(this.fake.requests("create")).hasSize(3);
		assertThat(this.sessions.list()).hasSize(1);
	}

	@Test
	void readIsSentAgain() {
		String id = create();
		this.fake.fail(Fault.status(500).on("get").times(2));
		assertThat(this.sessions.get(id).id()).isEqualTo(id);
		assertThat(this.fake.requests("get")).hasSize(3);
	}

	@Test
	void faultThatLastsIsTheClientsException() {
		this.fake.fail(Fault.status(503).retryAfter(Duration.ofHours(1)).always());
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class).isThrownBy(this.sessions::list)
			.satisfies((ex) -> {
				assertThat(ex.getStatusCode()).isEqualTo(503);
				assertThat(ex.getDetail()).isEqualTo("Service Unavailable");
				assertThat(ex.getRetryAfter()).isEqualTo(Duration.ofHours(1));
			});
		assertThat(this.fake.requests("list")).hasSize(1);
	}

	@Test
	void createsSucceedAfterRandomConnectionFailures() {
		this.fake.fail(Fault.status(500).on("get").randomly(0.5, 42));
		String id = create();
		List<String> created = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			assertThat(this.sessions.get(id).id()).isEqualTo(id);
			created.add(create());
		}
		assertThat(this.fake.requests("create")).hasSize(5);
		assertThat(this.fake.requests("get").size()).isGreaterThan(4);
		assertThat(this.sessions.list()).extracting(Session::id).containsAll(created).hasSize(5);
	}

	@Test
	void awaitReadyWaitsForTheWholeStart() throws Exception {
		this.fake.fail(Fault.slowStart(Duration.ofMinutes(8)));
		String id = create();
		CompletableFuture<Session> ready = CompletableFuture.supplyAsync(() -> this.sessions.awaitReady(id, LIMIT));
		this.fake.advance(STARTUP);
		int looks = this.fake.requests("get").size();
		Waiting.until(() -> this.sessions.list().size() == 1 && this.fake.requests("get").size() > looks + 2);
		assertThat(ready).isNotDone();
		this.fake.advance(Duration.ofMinutes(6));
		assertThat(ready.get(60, TimeUnit.SECONDS)).isEqualTo(this.sessions.get(id))
			.matches(Session::isReady, "is ready");
	}

	@Test
	void sessionIsAwaitedInRealTime() throws Exception {
		try (FakeComfyDeploy real = FakeComfyDeploy.builder().startup(Duration.ofMillis(200)).start()) {
			SessionOperations sessions = SessionOperationsBuilder.authorizedBy(real::getBearer)
				.baseUrl(real.getBaseUrl())
				.pollInterval(Duration.ofMillis(5))
				.build();
			String id = sessions.create(CreateSessionRequest.forMachine(MACHINE).build()).sessionId();
			assertThat(sessions.awaitReady(id, LIMIT).isReady()).isTrue();
			((DisposableBean) sessions).destroy();
		}
	}

	@Test
	void failedStartIsNotFoundWhileAwaited() {
		this.fake.fail(Fault.failedStart());
		String id = create();
		CompletableFuture<Session> ready = CompletableFuture.supplyAsync(() -> this.sessions.awaitReady(id, LIMIT));
		Waiting.until(() -> this.sessions.list().size() == 1 && this.fake.requests("get").size() > 2);
		assertThat(ready).isNotDone();
		this.fake.advance(STARTUP);
		assertThat(ready).failsWithin(LIMIT)
			.withThrowableOfType(ExecutionException.class)
			.withCauseInstanceOf(ComfyDeployApiException.NotFound.class);
	}

	@Test
	void dynamicSessionIsCreatedAndSaved() {
		CreatedSession created = this.sessions.createDynamic(CreateDynamicSessionRequest.builder()
			.gpu(Gpu.H100)
			.timeout(Duration.ofMinutes(30))
			.comfyUiHash("094306b626e9cf505690c5d8b445032b3b8a36fa")
			.dependencies(List.of("cubiq/ComfyUI_IPAdapter_plus@b188a6c"))
			.baseDockerImage("debian")
			.pythonVersion("3.11")
			.build());
		Session session = this.sessions.get(created.sessionId());
		assertThat(created.url()).isNull();
		assertThat(session.gpu()).isEqualTo(Gpu.H100);
		assertThat(session.machineId()).isNull();
		assertThat(session.timeout()).isEqualTo(Duration.ofMinutes(30));

		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(() -> this.sessions.snapshot(session.id()))
			.satisfies((ex) -> {
				assertThat(ex.getStatusCode()).isEqualTo(400);
				assertThat(ex.getDetail()).isEqualTo("Machine id not found");
				assertThat(ex.isOutcomeUnknown()).isFalse();
			});
		SessionSnapshot first = this.sessions.snapshot(session.id(), "mine");
		SessionSnapshot second = this.sessions.snapshot(session.id());
		assertThat(List.of(first.version(), second.version())).containsExactly(1, 2);
		assertThat(this.sessions.get(session.id()).machineVersionId()).isEqualTo(second.versionId());
	}

	@Test
	void dynamicCreateThatWaitsForAFailedStartHasNoUrl() throws Exception {
		this.fake.fail(Fault.failedStart());
		CompletableFuture<CreatedSession> created = CompletableFuture.supplyAsync(
				() -> this.sessions.createDynamic(CreateDynamicSessionRequest.builder().waitForServer(true).build()));
		Waiting.until(() -> this.sessions.list().size() == 1);
		this.fake.advance(STARTUP);
		assertThat(created.get(60, TimeUnit.SECONDS))
			.isEqualTo(new CreatedSession(this.sessions.list().get(0).id(), null));
	}

	@Test
	void logIsStreamedAndClosedByAnotherThread() throws Exception {
		String id = create();
		Instant created = this.sessions.get(id).createdAt();
		try (SessionLog log = this.sessions.streamLog(id)) {
			Iterator<SessionLogEntry> entries = log.iterator();
			assertThat(entries.next().message()).isEqualTo("Creating session...");
			assertThat(entries.next().message()).isEqualTo("Warming up ComfyUI...");
			CompletableFuture<SessionLogEntry> next = CompletableFuture.supplyAsync(entries::next);
			this.fake.advance(STARTUP);
			assertThat(next.get(60, TimeUnit.SECONDS)).satisfies((entry) -> {
				assertThat(entry.message()).isEqualTo("Ready");
				assertThat(entry.level()).isEqualTo("info");
				assertThat(entry.timestamp()).isBetween(created.plus(STARTUP).minusMillis(1), created.plus(STARTUP));
			});
			CompletableFuture<Boolean> hasNext = CompletableFuture.supplyAsync(entries::hasNext);
			this.fake.advance(STARTUP);
			assertThat(this.sessions.get(id).isReady()).isTrue();
			assertThat(hasNext).isNotDone();
			log.close();
			assertThat(hasNext.get(60, TimeUnit.SECONDS)).isFalse();
		}
	}

	@Test
	void logEndsWithTheFake() throws Exception {
		try (SessionLog log = this.sessions.streamLog(create())) {
			Iterator<SessionLogEntry> entries = log.iterator();
			assertThat(entries.next().message()).isEqualTo("Creating session...");
			assertThat(entries.next().message()).isEqualTo("Warming up ComfyUI...");
			CompletableFuture<Boolean> hasNext = CompletableFuture.supplyAsync(entries::hasNext);
			this.fake.close();
			assertThat(hasNext.get(60, TimeUnit.SECONDS)).isFalse();
		}
	}

	@Test
	void logThatFailsToOpenIsRequestedAgain() {
		String id = create();
		this.fake.fail(Fault.status(503).on("stream-log"));
		try (SessionLog log = this.sessions.streamLog(id)) {
			assertThat(log.iterator().next().message()).isEqualTo("Creating session...");
		}
		assertThat(this.fake.requests("stream-log")).hasSize(2);
	}

	private String create() {
		return this.sessions.create(CreateSessionRequest.forMachine(MACHINE).build()).sessionId();
	}

}

package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import com.comfydeploy.client.SessionClient;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for {@link TestSessions}.
 */
class TestSessionsTests {

	private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");

	@Test
	void readySessionHasAUrlAndADeadline() {
		Session session = TestSessions.ready("123");
		assertThat(session.isReady()).isTrue();
		assertThat(session).isEqualTo(new Session("123", "event-of-123", "https://123.example.com", Gpu.A10G, CREATED,
				Duration.ofMinutes(15), CREATED.plus(Duration.ofMinutes(15)), FakeComfyDeploy.MACHINE_ID, null,
				"running", "user_test", null));
		assertThat(session).isEqualTo(TestSessions.ready("123")).isNotEqualTo(TestSessions.ready("124"));
	}

	@Test
	void startingSessionHasNoUrl() {
		Session session = TestSessions.starting("123");
		assertThat(session.id()).isEqualTo("123");
		assertThat(session.isReady()).isFalse();
		assertThat(session.timeoutEnd()).isEqualTo(CREATED.plus(Duration.ofMinutes(15)));
	}

	@Test
	void closingSessionHasNoDeadline() {
		Session session = TestSessions.closing("123");
		assertThat(session.id()).isEqualTo("123");
		assertThat(session.isReady()).isTrue();
		assertThat(session.timeoutEnd()).isNull();
	}

	@Test
	void everythingExceptTheStatusCanBeSet() {
		Instant now = Instant.parse("2026-05-05T05:05:05Z");
		TestSessions.Builder builder = TestSessions.builder("123")
			.gpuEventId("event")
			.url("https://example.org")
			.gpu(Gpu.H100)
			.createdAt(now)
			.timeout(Duration.ofHours(1))
			.machineId("machine")
			.machineVersionId("version")
			.userId("user")
			.orgId("org");
		assertThat(builder.build()).isEqualTo(new Session("123", "event", "https://example.org", Gpu.H100, now,
				Duration.ofHours(1), now.plus(Duration.ofHours(1)), "machine", "version", "running", "user", "org"));
		assertThat(builder.timeoutEnd(now).build().timeoutEnd()).isEqualTo(now);
	}

	@Test
	void exceptionsAreThoseOfTheClient() {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start();
				SessionClient client = SessionOperationsBuilder.authorizedBy(fake::getBearer)
					.baseUrl(fake.getBaseUrl())
					.retry(RetrySettings.none())
					.build()) {
			assertSame(TestSessions.notFound("123"), () -> client.get("123"));
			fake.fail(Fault.status(429).retryAfter(Duration.ofSeconds(7)));
			assertSame(TestSessions.tooManyRequests("list", Duration.ofSeconds(7)), client::list);
			CreateSessionRequest request = CreateSessionRequest.forMachine(FakeComfyDeploy.MACHINE_ID).build();
			for (int i = 0; i < 5; i++) {
				client.create(request);
			}
			assertSame(TestSessions.tooManySessions(), () -> client.create(request));
			fake.fail(Fault.status(503).on("create"));
			assertSame(TestSessions.failure("create", 503, "Service Unavailable"), () -> client.create(request));
			fake.fail(Fault.drop().on("create"));
			Throwable lost = catchThrowable(() -> client.create(request));
			assertThat(lost).isInstanceOf(ComfyDeployTransportException.class);
			assertThat(TestSessions.outcomeUnknown().isOutcomeUnknown()).isTrue()
				.isEqualTo(((ComfyDeployException) lost).isOutcomeUnknown());
		}
	}

	private static void assertSame(ComfyDeployApiException made, ThrowingCallable call) {
		Throwable thrown = catchThrowable(call);
		assertThat(made).isExactlyInstanceOf(thrown.getClass());
		assertThat(made).hasMessage(thrown.getMessage());
		ComfyDeployApiException real = (ComfyDeployApiException) thrown;
		assertThat(made.getStatusCode()).isEqualTo(real.getStatusCode());
		assertThat(made.getDetail()).isEqualTo(real.getDetail());
		assertThat(made.getOperation()).isEqualTo(real.getOperation());
		assertThat(made.getRetryAfter()).isEqualTo(real.getRetryAfter());
		assertThat(made.isOutcomeUnknown()).isEqualTo(real.isOutcomeUnknown());
	}

	@Test
	void invalidNamesTheField() {
		assertThat(TestSessions.invalid("gpu", "a \"wrong\" one").getErrors()).singleElement()
			.satisfies((error) -> assertThat(error.loc()).containsExactly("body", "gpu"))
			.satisfies((error) -> assertThat(error.msg()).isEqualTo("a \"wrong\" one"));
	}

	@Test
	void messagesDescribeNotReadyAndNotSent() {
		assertThat(TestSessions.notReady("123", Duration.ofMinutes(1)).getSessionId()).isEqualTo("123");
		assertThat(TestSessions.notSent("create").isOutcomeUnknown()).isFalse();
		assertThatIllegalArgumentException().isThrownBy(() -> TestSessions.notSent("delete"));
		assertThatIllegalArgumentException().isThrownBy(() -> TestSessions.failure("get", 200, "fine"));
		assertThatIllegalArgumentException().isThrownBy(() -> TestSessions.notFound(" "));
	}

	@Test
	void idIsRequired() {
		assertThatIllegalArgumentException().isThrownBy(() -> TestSessions.ready(" "));
	}

}

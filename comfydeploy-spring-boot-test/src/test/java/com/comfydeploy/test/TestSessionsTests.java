package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;

import org.junit.jupiter.api.Test;

import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.Session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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
				Duration.ofMinutes(15), CREATED.plus(Duration.ofMinutes(15)), "00000000-0000-4000-8000-000000000001",
				null, "running", "user_test", null));
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
	void everythingButTheStatusCanBeChosen() {
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
	void idIsNeeded() {
		assertThatIllegalArgumentException().isThrownBy(() -> TestSessions.ready(" "));
	}

}

package com.comfydeploy.session;

import java.lang.reflect.RecordComponent;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the text of sessions, which must not contain their URL.
 */
class SessionTextTests {

	@ParameterizedTest
	@CsvSource({ "https://tunnel.example.com/secret?key=1, tunnel.example.com", "not a url, ******",
			"mailto:someone, ******", ", null" })
	void onlyTheHostOfTheUrlIsShown(@Nullable String url, String shown) {
		assertThat(session(url)).hasToString("Session[id=1, gpuEventId=2, url=" + shown
				+ ", gpu=A10G, createdAt=null, timeout=PT15M, timeoutEnd=null, machineId=3, machineVersionId=4, "
				+ "status=running, userId=5, orgId=6]");
		assertThat(new CreatedSession("1", url)).hasToString("CreatedSession[sessionId=1, url=" + shown + "]");
	}

	@Test
	void everyComponentIsShown() {
		for (RecordComponent component : Session.class.getRecordComponents()) {
			assertThat(session(null).toString()).contains(component.getName() + "=");
		}
	}

	private static Session session(@Nullable String url) {
		return new Session("1", "2", url, Gpu.A10G, null, Duration.ofMinutes(15), null, "3", "4", "running", "5", "6");
	}

}

package com.comfydeploy.examples;

import java.util.List;

import org.junit.jupiter.api.Test;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.TestSessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

class MockedSessionsTests {

	@Test
	void mockReturnsSessions() {
		SessionOperations sessions = mock(SessionOperations.class);
		given(sessions.get("123")).willReturn(TestSessions.starting("123"), TestSessions.ready("123"));
		given(sessions.get("124")).willThrow(TestSessions.notFound("124"));
		given(sessions.list()).willReturn(List.of(TestSessions.builder("123").gpu(Gpu.H100).build()));
		assertThat(sessions.get("123").isReady()).isFalse();
		assertThat(sessions.get("123").isReady()).isTrue();
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> sessions.get("124"));
		assertThat(sessions.list().get(0).gpu()).isEqualTo(Gpu.H100);
	}

}

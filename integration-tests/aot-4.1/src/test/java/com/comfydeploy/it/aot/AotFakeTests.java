package com.comfydeploy.it.aot;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;

import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Test of an application with the packaged annotation, which was processed ahead of time.
 */
@SpringBootTest
@AutoConfigureFakeComfyDeploy(frozen = true, startup = "30s")
class AotFakeTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	@Autowired
	private FakeComfyDeploy fake;

	@Autowired
	private SessionOperations sessions;

	@Test
	void whenProcessedAheadOfTimeTheAnnotationApplies() {
		assertThat(AotDetector.useGeneratedArtifacts()).isTrue();
		String id = this.sessions.create(CreateSessionRequest.forMachine(MACHINE).build()).sessionId();
		this.fake.advance(Duration.ofSeconds(29));
		assertThat(this.sessions.get(id).isReady()).isFalse();
		this.fake.advance(Duration.ofSeconds(1));
		assertThat(this.sessions.get(id).isReady()).isTrue();
		assertThat(this.fake.requests("create")).hasSize(1);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}

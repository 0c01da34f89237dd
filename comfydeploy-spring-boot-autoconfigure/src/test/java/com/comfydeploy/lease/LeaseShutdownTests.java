package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.system.JavaVersion;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for leases when the application stops, in each way in which it can stop.
 */
@Timeout(120)
class LeaseShutdownTests {

	private final FakeComfyDeploy fake = FakeComfyDeploy.builder()
		.startup(Duration.ofDays(1))
		.shutdown(Duration.ofMillis(300))
		.start();

	private final SessionOperations server = SessionOperationsBuilder.authorizedBy(this.fake::getBearer)
		.baseUrl(this.fake.getBaseUrl())
		.build();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	@AfterEach
	void close() {
		this.threads.shutdownNow();
		this.fake.close();
	}

	private ConfigurableApplicationContext run(Class<?> application, String... properties) {
		return new SpringApplicationBuilder(application).web(WebApplicationType.NONE)
			.properties(properties)
			.properties("comfydeploy.bearer=" + this.fake.getBearer(), "comfydeploy.base-url=" + this.fake.getBaseUrl(),
					"comfydeploy.poll-interval=50ms", "comfydeploy.retry.enabled=false")
			.run();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenTheContextIsClosedNothingIsLeft(boolean virtualThreads) throws Exception {
		ConfigurableApplicationContext context = run(Application.class,
				"spring.threads.virtual.enabled=" + virtualThreads);
		Listener listener = context.getBean(Listener.class);
		SessionLeases leases = context.getBean(SessionLeases.class);
		List<Future<SessionLease>> openers = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			openers.add(this.threads.submit(() -> leases.open(LeaseFixture.REQUEST)));
		}
		listener.opened.await();
		this.fake.advance(Duration.ofMinutes(1));
		context.close();
		for (Future<SessionLease> opener : openers) {
			assertThat(opener).failsWithin(60, TimeUnit.SECONDS)
				.withThrowableThat()
				.withCauseInstanceOf(ComfyDeployTransportException.class);
		}
		assertThat(this.server.list()).isEmpty();
		assertThat(leases.active()).isEmpty();
		assertThat(listener.events).filteredOn((event) -> event.getType() == SessionLeaseEvent.Type.CLOSED).hasSize(3);
		boolean virtual = virtualThreads && JavaVersion.getJavaVersion().isEqualOrNewerThan(JavaVersion.TWENTY_ONE);
		assertThat(listener.closers).doesNotContain("comfydeploy-lease-timer-1")
			.allSatisfy((closer) -> assertThat(closer).startsWith(virtual ? "VirtualThread" : "Thread"));
		assertThatExceptionOfType(ComfyDeployTransportException.class)
			.isThrownBy(() -> leases.open(LeaseFixture.REQUEST));
	}

	@Test
	void whenTheContextDoesNotStartNothingIsLeft() {
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> run(FailingApplication.class))
			.havingRootCause()
			.withMessage("fails to start");
		assertThat(this.server.list()).isEmpty();
	}

	@Test
	void whenTheContextIsStoppedAndStartedLeasesCanBeOpenedAgain() throws Exception {
		try (ConfigurableApplicationContext context = run(Application.class)) {
			SessionLeases leases = context.getBean(SessionLeases.class);
			context.stop();
			assertThatExceptionOfType(ComfyDeployTransportException.class)
				.isThrownBy(() -> leases.open(LeaseFixture.REQUEST));
			context.start();
			this.threads.submit(() -> leases.open(LeaseFixture.REQUEST));
			context.getBean(Listener.class).first.await();
			assertThatIllegalStateException().isThrownBy(() -> leases.active().get(0).url());
		}
		assertThat(this.server.list()).isEmpty();
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(ComfyDeployAutoConfiguration.class)
	static class Application {

		@Bean
		Listener listener() {
			return new Listener();
		}

	}

	static class Listener implements ApplicationListener<SessionLeaseEvent> {

		final CountDownLatch first = new CountDownLatch(1);

		final CountDownLatch opened = new CountDownLatch(3);

		final List<SessionLeaseEvent> events = Collections.synchronizedList(new ArrayList<>());

		final List<String> closers = Collections.synchronizedList(new ArrayList<>());

		@Override
		public void onApplicationEvent(SessionLeaseEvent event) {
			this.events.add(event);
			if (event.getType() == SessionLeaseEvent.Type.OPENED) {
				this.first.countDown();
				this.opened.countDown();
			}
			if (event.getType() == SessionLeaseEvent.Type.CLOSED) {
				this.closers.add(Thread.currentThread().getClass().getSimpleName());
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(ComfyDeployAutoConfiguration.class)
	static class FailingApplication {

		@Bean
		Object holder(SessionLeases leases) throws InterruptedException {
			new Thread(() -> leases.open(LeaseFixture.REQUEST)).start();
			while (leases.active().isEmpty()) {
				Thread.onSpinWait();
			}
			throw new IllegalStateException("fails to start");
		}

	}

}

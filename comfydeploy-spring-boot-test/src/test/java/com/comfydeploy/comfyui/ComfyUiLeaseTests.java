package com.comfydeploy.comfyui;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.lease.LeaseOptions;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.lease.SessionLostException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests that what runs on a session ends with the lease that holds it.
 */
@Timeout(120)
class ComfyUiLeaseTests {

	private static final Duration LONG = Duration.ofHours(1);

	@Test
	void waitEndsWithTheFailureOfTheLease() {
		run((leases, sessions, comfyUis) -> {
			SessionLease lease = open(leases);
			ComfyUi comfyUi = comfyUis.at(lease.url());
			String promptId = comfyUi.submit(Workflows.PICTURE);
			sessions.cancel(lease.sessionId());
			assertThatExceptionOfType(SessionEndedException.class).isThrownBy(() -> comfyUi.await(promptId, LONG))
				.withMessageContaining("session " + lease.sessionId() + " has ended: its lease was lost")
				.satisfies((ex) -> assertThat(ex.getCause()).isInstanceOf(SessionLostException.class)
					.isSameAs(lease.failure())
					.hasMessageStartingWith("Session " + lease.sessionId() + " was lost: the API no longer has it"));
		});
	}

	@Test
	void waitEndsWhenTheLeaseIsClosed() {
		run((leases, sessions, comfyUis) -> {
			SessionLease lease = open(leases);
			ComfyUi comfyUi = comfyUis.at(lease.url());
			String promptId = comfyUi.submit(Workflows.PICTURE);
			lease.close();
			assertThatExceptionOfType(SessionEndedException.class).isThrownBy(() -> comfyUi.await(promptId, LONG))
				.withMessageContaining("its lease was closed");
		});
	}

	/** The lease polls in an hour only. */
	@Test
	void whenTheLeaseDoesNotKnowOfTheLossTheApiIsAsked() {
		run("comfydeploy.lease.check-interval=1h", (leases, sessions, comfyUis) -> {
			SessionLease lease = open(leases);
			ComfyUi comfyUi = comfyUis.at(lease.url());
			String promptId = comfyUi.submit(Workflows.PICTURE);
			sessions.cancel(lease.sessionId());
			assertThat(lease.isOpen()).isTrue();
			assertThatExceptionOfType(SessionEndedException.class)
				.isThrownBy(() -> comfyUi.await(promptId, Duration.ofSeconds(1)))
				.satisfies((ex) -> {
					assertThat(ex.getSessionId()).isEqualTo(lease.sessionId());
					assertThat(ex.getCause()).isInstanceOf(SessionLostException.class);
				});
			assertThatExceptionOfType(SessionEndedException.class).isThrownBy(comfyUi::stats);
		});
	}

	@Test
	void whenTheLeaseIsLostNothingIsSubmitted() {
		run("comfydeploy.lease.check-interval=100ms", (leases, sessions, comfyUis) -> {
			SessionLease lease = open(leases);
			String url = lease.url();
			ComfyUi before = comfyUis.at(url + "/");
			sessions.cancel(lease.sessionId());
			assertThatExceptionOfType(SessionEndedException.class).isThrownBy(() -> before.await("p1", LONG))
				.satisfies((ex) -> assertThat(ex.getCause()).isSameAs(lease.failure()));
			for (String written : List.of(url, url + "/", " " + url.replace("http:", "HTTP:"))) {
				assertThatExceptionOfType(SessionEndedException.class)
					.isThrownBy(() -> comfyUis.at(written).submit(Workflows.PICTURE))
					.satisfies((ex) -> assertThat(ex.getCause()).isSameAs(lease.failure()));
			}
		});
	}

	/** A slow machine needs a longer life to submit the workflow before its end. */
	@Test
	void runDoesNotOutliveTheLongestLifeOfTheLease() {
		run((leases, sessions, comfyUis) -> {
			SessionEndedException ended = null;
			for (Duration life = Duration.ofSeconds(2); ended == null; life = life.multipliedBy(2)) {
				ended = runToTheEndOfTheLease(leases, comfyUis, life);
			}
			assertThat(ended).hasMessageContaining("its lease was closed, or the deadline has passed. Prompt ");
			assertThat(leases.active()).noneMatch(SessionLease::isOpen);
		});
	}

	/** Return the failure, or {@code null} if the life was too short for a run. */
	private static SessionEndedException runToTheEndOfTheLease(SessionLeases leases, ComfyUis comfyUis, Duration life) {
		try {
			SessionLease lease = leases.open(CreateSessionRequest.forMachine(FakeComfyDeploy.MACHINE_ID).build(),
					LeaseOptions.builder().maxLifetime(life).build());
			comfyUis.at(lease.url()).run(Workflows.PICTURE, LONG);
			throw new AssertionError("the run has outlived the lease");
		}
		catch (SessionEndedException ex) {
			return (ex.getPromptId() != null) ? ex : null;
		}
		catch (ComfyDeployException | IllegalStateException ex) {
			// Closed before it was ready
			return null;
		}
	}

	private static SessionLease open(SessionLeases leases) {
		return leases.open(CreateSessionRequest.forMachine(FakeComfyDeploy.MACHINE_ID).build());
	}

	private static void run(Action action) {
		run("comfydeploy.lease.check-interval=200ms", action);
	}

	private static void run(String property, Action action) {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().renderTime(LONG).start()) {
			new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
				.withPropertyValues("comfydeploy.base-url=" + fake.getBaseUrl(),
						"comfydeploy.bearer=" + fake.getBearer(), "comfydeploy.retry.initial-interval=10ms", property)
				.run((context) -> action.perform(context.getBean(SessionLeases.class),
						context.getBean(SessionOperations.class), context.getBean(ComfyUis.class)));
		}
	}

	private interface Action {

		void perform(SessionLeases leases, SessionOperations sessions, ComfyUis comfyUis);

	}

}

package com.comfydeploy.sample;

import java.time.Duration;

import org.springframework.context.annotation.Conditional;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

/**
 * Injects faults into the fake ComfyDeploy, to show how the starter handles them. Not
 * available with the real ComfyDeploy.
 */
@RestController
@RequestMapping("/faults")
@Conditional(FakeComfyDeployConfiguration.NoToken.class)
class FaultController {

	private static final Duration SLOW_START = Duration.ofSeconds(20);

	/** High enough that a fault shows within seconds. */
	private static final double HALF = 0.5;

	private static final long SEED = 42;

	private final FakeComfyDeploy fake;

	private final SessionOperations sessions;

	private FaultSettings faults = new FaultSettings(false, false, false);

	FaultController(FakeComfyDeploy fake, SessionOperations sessions) {
		this.fake = fake;
		this.sessions = sessions;
	}

	@GetMapping
	synchronized FaultSettings get() {
		return this.faults;
	}

	@PutMapping
	synchronized FaultSettings put(@RequestBody FaultSettings faults) {
		this.fake.clearFaults();
		if (faults.slowStart()) {
			this.fake.fail(Fault.slowStart(SLOW_START).always());
		}
		if (faults.unavailable()) {
			this.fake.fail(Fault.status(503).randomly(HALF, SEED));
		}
		if (faults.drops()) {
			this.fake.fail(Fault.drop().randomly(HALF, SEED));
		}
		this.faults = faults;
		return faults;
	}

	/**
	 * End a session without its lease, so that the lease is lost.
	 */
	@PostMapping("/lost/{sessionId}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void lose(@PathVariable String sessionId) {
		this.sessions.cancel(sessionId);
	}

	/**
	 * Faults that are switched on.
	 *
	 * @param slowStart whether a new session becomes ready only after 20 seconds
	 * @param unavailable whether the response to about half of the requests is 503
	 * @param drops whether the connections of about half of the requests are closed
	 * without a response
	 */
	record FaultSettings(boolean slowStart, boolean unavailable, boolean drops) {

	}

}

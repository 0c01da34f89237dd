package com.comfydeploy.sample;

import java.time.Duration;

import org.springframework.context.annotation.Conditional;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

/**
 * Lets things go wrong in the fake ComfyDeploy, to see what the starter makes of it. With
 * the real one there is nothing to switch.
 */
@RestController
@RequestMapping("/faults")
@Conditional(FakeComfyDeployConfiguration.NoToken.class)
class FaultController {

	private static final Duration SLOW_START = Duration.ofSeconds(20);

	/** Less, and one would hardly see the drops: the JDK repeats some GETs by itself. */
	private static final double HALF = 0.5;

	private static final long SEED = 42;

	private final FakeComfyDeploy fake;

	private Faults faults = new Faults(false, false, false);

	FaultController(FakeComfyDeploy fake) {
		this.fake = fake;
	}

	@GetMapping
	synchronized Faults get() {
		return this.faults;
	}

	@PutMapping
	synchronized Faults put(@RequestBody Faults faults) {
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
	 * End a session as somebody else does, so that its lease loses it.
	 */
	@PostMapping("/lost/{sessionId}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void lose(@PathVariable String sessionId) {
		RestClient.create(this.fake.getBaseUrl())
			.delete()
			.uri("/session/{id}", sessionId)
			.header(HttpHeaders.AUTHORIZATION, "Bearer " + this.fake.getBearer())
			.retrieve()
			.toBodilessEntity();
	}

	/**
	 * What goes wrong for as long as it is switched on.
	 *
	 * @param slowStart whether a new session needs 20 seconds to be ready
	 * @param unavailable whether about half of the requests are answered with 503
	 * @param drops whether the connections of about half of the requests are closed
	 * without an answer
	 */
	record Faults(boolean slowStart, boolean unavailable, boolean drops) {

	}

}

package com.comfydeploy.sample;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

/**
 * Sessions over HTTP.
 */
@RestController
@RequestMapping("/sessions")
class SessionController {

	private final SessionOperations sessions;

	SessionController(SessionOperations sessions) {
		this.sessions = sessions;
	}

	@PostMapping
	@ResponseStatus(HttpStatus.CREATED)
	CreatedSession create(@RequestBody NewSession session) {
		return this.sessions.create(CreateSessionRequest.forMachine(session.machineId())
			.gpu(session.gpu())
			.timeout((session.minutes() != null) ? Duration.ofMinutes(session.minutes()) : null)
			.build());
	}

	@GetMapping
	List<Session> list(@RequestParam @Nullable String machineId) {
		return (machineId != null) ? this.sessions.list(machineId) : this.sessions.list();
	}

	@GetMapping("/{id}")
	Session get(@PathVariable String id) {
		return this.sessions.get(id);
	}

	@PostMapping("/{id}/extend")
	Session extend(@PathVariable String id, @RequestParam int minutes) {
		Session session = this.sessions.get(id);
		Gpu gpu = (session.gpu() != null) ? session.gpu() : Gpu.A10G;
		this.sessions.increaseTimeout(
				new IncreaseTimeoutRequest(String.valueOf(session.machineId()), id, Duration.ofMinutes(minutes), gpu));
		return this.sessions.get(id);
	}

	@DeleteMapping("/{id}")
	ResponseEntity<Void> cancel(@PathVariable String id, @RequestParam(defaultValue = "false") boolean wait) {
		return this.sessions.cancel(id, wait) ? ResponseEntity.noContent().build()
				: ResponseEntity.status(HttpStatus.CONFLICT).build();
	}

	/**
	 * A session to create.
	 *
	 * @param machineId the machine
	 * @param gpu the GPU, or {@code null} for the machine's own
	 * @param minutes the time, or {@code null} for the server's default
	 */
	record NewSession(String machineId, @Nullable Gpu gpu, @Nullable Integer minutes) {

	}

}

package com.comfydeploy.sample;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
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
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.session.SessionSnapshot;

/**
 * Makes single calls for sessions.
 */
@RestController
@RequestMapping("/sessions")
class SessionController {

	private final SessionOperations sessions;

	private final SessionLogEmitters logs;

	/**
	 * Ids of dynamic sessions: a snapshot of them is possible even if they have a
	 * machine.
	 */
	private final Set<String> dynamic = ConcurrentHashMap.newKeySet();

	SessionController(SessionOperations sessions, SessionLogEmitters logs) {
		this.sessions = sessions;
		this.logs = logs;
	}

	@PostMapping
	@ResponseStatus(HttpStatus.CREATED)
	CreatedSession create(@RequestBody NewSession session) {
		return this.sessions.create(CreateSessionRequest.forMachine(session.machineId())
			.gpu(session.gpu())
			.timeout(minutes(session.minutes()))
			.build());
	}

	@PostMapping("/dynamic")
	@ResponseStatus(HttpStatus.CREATED)
	CreatedSession createDynamic(@RequestBody NewDynamicSession session) {
		CreatedSession created = this.sessions.createDynamic(CreateDynamicSessionRequest.builder()
			.machineId(session.machineId())
			.gpu(session.gpu())
			.timeout(minutes(session.minutes()))
			.build());
		this.dynamic.add(created.sessionId());
		return created;
	}

	private static @Nullable Duration minutes(@Nullable Integer minutes) {
		return (minutes != null) ? Duration.ofMinutes(minutes) : null;
	}

	@GetMapping
	List<ShownSession> list(@RequestParam @Nullable String machineId) {
		List<Session> list = (machineId != null) ? this.sessions.list(machineId) : this.sessions.list();
		return list.stream().map(this::shown).toList();
	}

	@GetMapping("/{id}")
	ShownSession get(@PathVariable String id) {
		return shown(this.sessions.get(id));
	}

	private ShownSession shown(Session session) {
		return new ShownSession(session, session.machineId() == null || this.dynamic.contains(session.id()));
	}

	@PostMapping("/{id}/extend")
	Session extend(@PathVariable String id, @RequestParam int minutes) {
		this.sessions.increaseTimeout(id, Duration.ofMinutes(minutes));
		return this.sessions.get(id);
	}

	@PostMapping("/{id}/snapshot")
	SessionSnapshot snapshot(@PathVariable String id, @RequestParam @Nullable String machineName) {
		return (machineName != null) ? this.sessions.snapshot(id, machineName) : this.sessions.snapshot(id);
	}

	@GetMapping("/{id}/ready")
	Session awaitReady(@PathVariable String id, @RequestParam(defaultValue = "60") int seconds) {
		return this.sessions.awaitReady(id, Duration.ofSeconds(seconds));
	}

	@GetMapping(path = "/{id}/log", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	SseEmitter log(@PathVariable String id) {
		return this.logs.emit(this.sessions.streamLog(id));
	}

	@DeleteMapping("/{id}")
	ResponseEntity<Void> cancel(@PathVariable String id, @RequestParam(defaultValue = "false") boolean wait) {
		return this.sessions.cancel(id, wait) ? ResponseEntity.noContent().build()
				: ResponseEntity.status(HttpStatus.CONFLICT).build();
	}

	/**
	 * Session to show.
	 *
	 * @param session the session
	 * @param snapshotSupported whether a snapshot of it is possible, which is not the
	 * case for a session of a machine
	 */
	record ShownSession(@JsonUnwrapped Session session, boolean snapshotSupported) {

	}

	/**
	 * Request to create a session.
	 *
	 * @param machineId the id of the machine
	 * @param gpu the GPU, or {@code null} for the GPU of the machine
	 * @param minutes the timeout, or {@code null} for the server's default
	 */
	record NewSession(String machineId, @Nullable Gpu gpu, @Nullable Integer minutes) {

	}

	/**
	 * Request to create a dynamic session, of which a snapshot is possible.
	 *
	 * @param machineId the id of the machine, or {@code null} for none
	 * @param gpu the GPU, or {@code null} for an A10G
	 * @param minutes the timeout, or {@code null} for the server's default
	 */
	record NewDynamicSession(@Nullable String machineId, @Nullable Gpu gpu, @Nullable Integer minutes) {

	}

}

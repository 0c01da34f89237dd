package com.comfydeploy.sample;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

import com.comfydeploy.comfyui.ComfyUi;
import com.comfydeploy.comfyui.ComfyUiResult;
import com.comfydeploy.comfyui.ComfyUis;
import com.comfydeploy.comfyui.Workflow;
import com.comfydeploy.lease.LeaseOptions;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;

/**
 * Renders pictures. Each picture has its own session, which is cancelled afterwards.
 */
@RestController
@RequestMapping("/renderings")
class RenderingController {

	private final SessionLeases leases;

	private final ComfyUis comfyUis;

	private final AsyncTaskExecutor executor;

	private final Workflow workflow = Workflow.of(new ClassPathResource("text-to-image.json"));

	private final Map<String, Rendering> renderings = new ConcurrentHashMap<>();

	RenderingController(SessionLeases leases, ComfyUis comfyUis, AsyncTaskExecutor applicationTaskExecutor) {
		this.leases = leases;
		this.comfyUis = comfyUis;
		this.executor = applicationTaskExecutor;
	}

	@PostMapping
	Map<String, String> start(String machineId, String text, String owner) {
		String id = UUID.randomUUID().toString();
		report(id, "renting", "", 0, null);
		this.executor.execute(() -> render(id, machineId, text, owner));
		return Map.of("id", id);
	}

	@GetMapping("/{id}")
	ResponseEntity<Rendering> get(@PathVariable String id) {
		return ResponseEntity.ofNullable(this.renderings.get(id));
	}

	private void render(String id, String machineId, String text, String owner) {
		try {
			this.renderings.put(id, paint(id, machineId, text, owner));
		}
		catch (RuntimeException ex) {
			report(id, "failed", String.valueOf(ex.getMessage()), 0, null);
		}
	}

	private Rendering paint(String id, String machineId, String text, String owner) {
		try (SessionLease lease = this.leases.open(CreateSessionRequest.forMachine(machineId).build(),
				LeaseOptions.builder().owner(owner).build())) {
			ComfyUi comfyUi = this.comfyUis.at(lease.url());
			ComfyUiResult result = comfyUi.run(this.workflow.input("Positive", "text", text), Duration.ofMinutes(5),
					(progress) -> report(id, "rendering", lease.sessionId(), progress.fraction(), null));
			return new Rendering("done", lease.sessionId(), 1, comfyUi.read(result.file()));
		}
	}

	private void report(String id, String state, String detail, double progress, byte @Nullable [] picture) {
		this.renderings.put(id, new Rendering(state, detail, progress, picture));
	}

	record Rendering(String state, String detail, double progress, byte @Nullable [] picture) {
	}

}

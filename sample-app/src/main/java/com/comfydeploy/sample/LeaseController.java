package com.comfydeploy.sample;

import java.time.Instant;
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
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;

/**
 * Sessions that are kept until they are given back, or this application ends.
 */
@RestController
@RequestMapping("/leases")
class LeaseController {

	private final SessionLeases leases;

	LeaseController(SessionLeases leases) {
		this.leases = leases;
	}

	@PostMapping
	@ResponseStatus(HttpStatus.CREATED)
	OpenLease open(@RequestBody NewLease lease) {
		SessionLease opened = this.leases
			.open(CreateSessionRequest.forMachine(lease.machineId()).gpu(lease.gpu()).build());
		return new OpenLease(opened.sessionId(), opened.url(), opened.expiresAt());
	}

	@GetMapping
	List<HeldLease> list() {
		return this.leases.active()
			.stream()
			.map((lease) -> new HeldLease(lease.sessionId(), lease.expiresAt()))
			.toList();
	}

	@DeleteMapping("/{id}")
	ResponseEntity<Void> close(@PathVariable String id) {
		for (SessionLease lease : this.leases.active()) {
			if (lease.sessionId().equals(id)) {
				lease.close();
				return ResponseEntity.noContent().build();
			}
		}
		return ResponseEntity.notFound().build();
	}

	/**
	 * A lease to open.
	 *
	 * @param machineId the machine
	 * @param gpu the GPU, or {@code null} for the machine's own
	 */
	record NewLease(String machineId, @Nullable Gpu gpu) {

	}

	/**
	 * A lease whose session is ready.
	 *
	 * @param sessionId the session's id
	 * @param url where ComfyUI answers
	 * @param expiresAt when it ends unless it is extended before
	 */
	record OpenLease(String sessionId, String url, Instant expiresAt) {

	}

	/**
	 * A lease that is held, ready or not.
	 *
	 * @param sessionId the session's id
	 * @param expiresAt when it ends unless it is extended before
	 */
	record HeldLease(String sessionId, Instant expiresAt) {

	}

}

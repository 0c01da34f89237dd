package com.comfydeploy.sample;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

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
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

import com.comfydeploy.lease.LeaseOptions;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;

/**
 * Opens, lists and closes leases.
 */
@RestController
@RequestMapping("/leases")
class LeaseController {

	private final SessionLeases leases;

	private final GpuPrices prices;

	private final LeaseBoard board;

	LeaseController(SessionLeases leases, GpuPrices prices, LeaseBoard board) {
		this.leases = leases;
		this.prices = prices;
		this.board = board;
	}

	@PostMapping
	@ResponseStatus(HttpStatus.CREATED)
	OpenLease open(@RequestBody NewLease lease) {
		SessionLease opened = this.leases.open(
				CreateSessionRequest.forMachine(lease.machineId()).gpu(lease.gpu()).build(),
				LeaseOptions.builder().owner(lease.owner()).build());
		Gpu gpu = opened.gpu();
		BigDecimal price = (gpu != null) ? this.prices.perSecond(gpu) : null;
		this.board.describe(opened.sessionId(), opened.url(), gpu, price);
		return new OpenLease(opened.sessionId(), opened.url(), opened.expiresAt());
	}

	@GetMapping
	List<LeaseBoard.ShownLease> list() {
		return this.board.leases().stream().filter((lease) -> lease.ended() == null).toList();
	}

	/** Send all leases, including ended ones, immediately and with each event. */
	@GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	SseEmitter events() {
		return this.board.connect();
	}

	@DeleteMapping("/{id}")
	ResponseEntity<Void> close(@PathVariable String id) {
		Optional<SessionLease> lease = this.leases.find(id);
		lease.ifPresent(SessionLease::close);
		return lease.isPresent() ? ResponseEntity.noContent().build() : ResponseEntity.notFound().build();
	}

	/**
	 * Request to open a lease.
	 *
	 * @param machineId the id of the machine
	 * @param gpu the GPU, or {@code null} for the GPU of the machine
	 * @param owner the owner, or {@code null} for none
	 */
	record NewLease(String machineId, @Nullable Gpu gpu, @Nullable String owner) {

	}

	/**
	 * Response with an open lease.
	 *
	 * @param sessionId the id of the session
	 * @param url the URL of ComfyUI
	 * @param expiresAt the deadline of the session
	 */
	record OpenLease(String sessionId, String url, Instant expiresAt) {

	}

}

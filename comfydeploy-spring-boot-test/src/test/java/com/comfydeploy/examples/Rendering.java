package com.comfydeploy.examples;

import org.springframework.stereotype.Service;

import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;

@Service
class Rendering {

	private final SessionLeases leases;

	Rendering(SessionLeases leases) {
		this.leases = leases;
	}

	void render(String machineId) {
		try (SessionLease lease = this.leases.open(CreateSessionRequest.forMachine(machineId).build())) {
			// The session runs until this block ends: use lease.url()
		}
	}

}

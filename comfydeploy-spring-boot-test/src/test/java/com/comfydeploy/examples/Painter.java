package com.comfydeploy.examples;

import org.springframework.stereotype.Service;

import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.machine.Machine;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.CreateSessionRequest;

@Service
class Painter {

	private final MachineOperations machines;

	private final SessionLeases leases;

	Painter(MachineOperations machines, SessionLeases leases) {
		this.machines = machines;
		this.leases = leases;
	}

	String paint(String machineName) {
		Machine machine = this.machines.findByName(machineName)
			.orElseThrow(() -> new IllegalArgumentException("There is no machine named " + machineName));
		try (SessionLease lease = this.leases.open(CreateSessionRequest.forMachine(machine).build())) {
			// The session runs until this block ends
			return "ComfyUI is at " + lease.url();
		}
	}

}

package com.comfydeploy.painter;

import java.time.Duration;

import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Service;

import com.comfydeploy.comfyui.ComfyUi;
import com.comfydeploy.comfyui.ComfyUiResult;
import com.comfydeploy.comfyui.ComfyUis;
import com.comfydeploy.comfyui.Workflow;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.machine.Machine;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.CreateSessionRequest;

@Service
class Painter {

	private final MachineOperations machines;

	private final SessionLeases leases;

	private final ComfyUis comfyUis;

	Painter(MachineOperations machines, SessionLeases leases, ComfyUis comfyUis) {
		this.machines = machines;
		this.leases = leases;
		this.comfyUis = comfyUis;
	}

	byte[] paint(String machineName, String text) {
		Workflow workflow = Workflow.of(new ClassPathResource("text-to-image.json")).input("Positive", "text", text);
		Machine machine = this.machines.findByName(machineName).orElseThrow();
		try (SessionLease lease = this.leases.open(CreateSessionRequest.forMachine(machine).build())) {
			ComfyUi comfyUi = this.comfyUis.at(lease.url());
			ComfyUiResult result = comfyUi.run(workflow, Duration.ofMinutes(5));
			return comfyUi.read(result.file());
		}
	}

}

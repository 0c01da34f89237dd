package com.comfydeploy.sample;

import java.util.List;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import com.comfydeploy.machine.MachineOperations;

/**
 * Lists the machines that support sessions.
 */
@RestController
class MachineController {

	private final MachineOperations machines;

	MachineController(MachineOperations machines) {
		this.machines = machines;
	}

	@GetMapping("/machines")
	List<ShownMachine> list() {
		return this.machines.list()
			.stream()
			.filter((machine) -> machine.sessionObstacle().isEmpty())
			.map((machine) -> new ShownMachine(machine.id(), machine.name()))
			.toList();
	}

	/**
	 * Machine that supports sessions.
	 *
	 * @param id the id
	 * @param name the name
	 */
	record ShownMachine(String id, String name) {

	}

}

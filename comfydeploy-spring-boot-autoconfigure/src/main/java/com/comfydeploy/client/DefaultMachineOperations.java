package com.comfydeploy.client;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.springframework.util.Assert;

import com.comfydeploy.client.MachineJson.GpuEventResponse;
import com.comfydeploy.client.MachineJson.GpuPricesResponse;
import com.comfydeploy.client.MachineJson.MachineResponse;
import com.comfydeploy.internal.Arguments;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.machine.GpuEvent;
import com.comfydeploy.machine.GpuPrice;
import com.comfydeploy.machine.Machine;
import com.comfydeploy.machine.MachineOperations;

/**
 * {@link MachineOperations} that defines the request and the response of each operation.
 */
class DefaultMachineOperations implements MachineOperations {

	/** Without deleted machines: a response does not say which are deleted. */
	private static final String PAGE = "/machines?is_deleted=false&limit={limit}&offset={offset}";

	private static final int PAGE_SIZE = 100;

	/** The escape character of the server's search. Its wildcards do no harm. */
	private static final String SEARCH_ESCAPE = "\\";

	private final CallExecutor executor;

	private final JsonCodec json;

	private final CallSettings settings;

	DefaultMachineOperations(CallExecutor executor, JsonCodec json, CallSettings settings) {
		this.executor = executor;
		this.json = json;
		this.settings = settings;
	}

	@Override
	public List<Machine> list() {
		return allPages(PAGE);
	}

	@Override
	public Optional<Machine> findByName(String name) {
		Assert.hasText(name, "name must not be blank");
		List<Machine> found = candidates(name).stream().filter((machine) -> machine.name().equals(name)).toList();
		if (found.size() > 1) {
			throw new IllegalStateException("There are " + found.size() + " machines with the name '" + name
					+ "', use one of their ids: " + found.stream().map(Machine::id).collect(Collectors.joining(", ")));
		}
		return found.stream().findFirst();
	}

	/**
	 * Return the machines with that name, and possibly others: the server searches for
	 * substrings.
	 */
	private List<Machine> candidates(String name) {
		return name.contains(SEARCH_ESCAPE) ? list() : allPages(PAGE + "&search={search}", name);
	}

	/**
	 * Read pages until a page is not full. Stop also if a page has no new machine: the
	 * server may have ignored the offset.
	 */
	private List<Machine> allPages(String uriTemplate, String... search) {
		Map<String, Machine> machines = new LinkedHashMap<>();
		for (int offset = 0;; offset += PAGE_SIZE) {
			List<Machine> page = page(uriTemplate, offset, search);
			int known = machines.size();
			page.forEach((machine) -> machines.putIfAbsent(machine.id(), machine));
			if (page.size() < PAGE_SIZE || machines.size() == known) {
				return List.copyOf(machines.values());
			}
		}
	}

	private List<Machine> page(String uriTemplate, int offset, String... search) {
		String[] variables = new String[2 + search.length];
		variables[0] = String.valueOf(PAGE_SIZE);
		variables[1] = String.valueOf(offset);
		System.arraycopy(search, 0, variables, 2, search.length);
		return call(Operation.MACHINE_LIST, uriTemplate,
				(response) -> Arrays.stream(response.read(this.json, MachineResponse[].class))
					.map(MachineResponse::toMachine)
					.toList(),
				variables);
	}

	@Override
	public Machine get(String machineId) {
		return call(Operation.MACHINE_GET, "/machine/{machine_id}",
				(response) -> response.read(this.json, MachineResponse.class).toMachine(), machineId(machineId));
	}

	@Override
	public List<GpuEvent> events(String machineId) {
		return call(Operation.MACHINE_EVENTS, "/machine/{machine_id}/events",
				(response) -> Arrays.stream(response.read(this.json, GpuEventResponse[].class))
					.map(GpuEventResponse::toEvent)
					.toList(),
				machineId(machineId));
	}

	@Override
	public List<GpuPrice> prices() {
		return call(Operation.MACHINE_PRICES, "/platform/gpu-pricing",
				(response) -> response.read(this.json, GpuPricesResponse.class).toPrices());
	}

	private static String machineId(String value) {
		return Arguments.requireId("machineId", value);
	}

	private <T> T call(Operation operation, String uriTemplate, Function<SessionResponse, T> reader,
			String... uriVariables) {
		return this.executor.call(
				SessionRequest.of(operation, uriTemplate, List.of(uriVariables), this.settings.readTimeout()),
				this.settings, reader);
	}

}

package com.comfydeploy.test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.machine.Machine;
import com.comfydeploy.session.Gpu;

/**
 * Machines of the server, and its price list.
 */
final class FakeMachines {

	private static final Comparator<Machine> LATEST_FIRST = Comparator
		.comparing(Machine::updatedAt, Comparator.nullsFirst(Comparator.<Instant>naturalOrder()))
		.reversed();

	private static final int MIN_BUILDER_VERSION = 4;

	private static final Set<String> SELF_HOSTED = Set.of("classic", "runpod-serverless");

	/** Dollars per second, in the notation of the server. */
	static final String PRICES = "{\"T4\":0.00018,\"L4\":0.00032,\"A10G\":0.000337,\"L40S\":0.000596,\"A100\":0.00114,"
			+ "\"A100-80GB\":0.001708,\"H100\":0.002338,\"H200\":0.001891,\"B200\":0.002604,\"CPU\":4.2e-05}";

	/** Machines by id, in the order of the list. */
	private final Map<String, Machine> machines = new LinkedHashMap<>();

	private final Set<String> deleted;

	/** Ids of the machines that snapshots created. */
	private final Set<String> made = ConcurrentHashMap.newKeySet();

	private final boolean any;

	/**
	 * Create the machines.
	 * @param deleted those of the machines that are deleted
	 * @param any whether any other UUID is a machine, too
	 */
	FakeMachines(List<Machine> machines, Set<String> deleted, boolean any) {
		machines.stream().sorted(LATEST_FIRST).forEach((machine) -> this.machines.put(machine.id(), machine));
		this.deleted = deleted;
		this.any = any;
	}

	void clear() {
		this.made.clear();
	}

	void make(String id) {
		this.made.add(id);
	}

	/**
	 * Return whether the database has the machine, possibly as a deleted one.
	 */
	boolean exists(String id) {
		return find(id) != null;
	}

	/**
	 * Return the GPU of a machine that supports sessions, or {@code null} if it has none
	 * of its own.
	 */
	@Nullable String gpuForSession(String id) {
		Machine machine = find(id);
		if (machine == null) {
			throw new ApiError(404, "Machine not found");
		}
		if (!machine.type().equals(Machine.SERVERLESS)) {
			throw new ApiError(400, "Machine is not a Comfy Deploy Serverless machine");
		}
		String builder = machine.builderVersion();
		if (builder == null) {
			throw ApiError.internal();
		}
		if (Integer.parseInt(builder) < MIN_BUILDER_VERSION) {
			throw new ApiError(400, "Machine builder version is not larger than 4");
		}
		Gpu gpu = machine.gpu();
		return (gpu != null) ? gpu.value() : null;
	}

	private @Nullable Machine find(String id) {
		String key = id.toLowerCase(Locale.ROOT);
		Machine machine = this.machines.get(key);
		boolean unnamed = machine == null && RequestBody.isUuid(key) && (this.any || this.made.contains(key));
		return unnamed ? TestMachines.ready(key) : machine;
	}

	Map<String, @Nullable Object> get(String id) {
		Machine machine = find(id);
		if (machine == null || this.deleted.contains(machine.id())) {
			throw new ApiError(404, "Machine not found");
		}
		return toFullJson(machine);
	}

	/**
	 * Return a page of the machines.
	 */
	List<Map<String, @Nullable Object>> list(Filter filter, long limit, long offset) {
		if (limit < 0 || offset < 0 || limit == Long.MAX_VALUE || offset == Long.MAX_VALUE) {
			throw ApiError.internal();
		}
		return this.machines.values()
			.stream()
			.filter((machine) -> filter.accepts(machine, this.deleted.contains(machine.id())))
			.skip(offset)
			.limit(limit)
			.map(FakeMachines::toJson)
			.toList();
	}

	private static Map<String, @Nullable Object> toJson(Machine machine) {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("id", machine.id());
		json.put("user_id", machine.userId());
		json.put("name", machine.name());
		json.put("created_at", date(machine.createdAt()));
		json.put("updated_at", date(machine.updatedAt()));
		json.put("type", machine.type());
		json.put("org_id", machine.orgId());
		json.put("status", machine.status());
		json.put("gpu", gpu(machine));
		json.put("machine_version", machine.version());
		json.put("machine_builder_version", machine.builderVersion());
		json.put("comfyui_version", machine.comfyUiVersion());
		json.put("import_failed_logs", machine.importFailure());
		json.put("machine_version_id", machine.versionId());
		json.put("is_workspace", machine.workspace());
		return json;
	}

	private static Map<String, @Nullable Object> toFullJson(Machine machine) {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("id", machine.id());
		json.put("user_id", machine.userId());
		json.put("name", machine.name());
		json.put("org_id", machine.orgId());
		json.put("created_at", date(machine.createdAt()));
		json.put("updated_at", date(machine.updatedAt()));
		json.put("type", machine.type());
		json.put("machine_version", machine.version());
		json.put("deleted", false);
		json.put("import_failed_logs", machine.importFailure());
		json.put("machine_version_id", machine.versionId());
		json.put("status", machine.status());
		json.put("gpu", gpu(machine));
		json.put("machine_builder_version", machine.builderVersion());
		json.put("comfyui_version", machine.comfyUiVersion());
		json.put("is_workspace", machine.workspace());
		json.put("endpoint", "https://example.modal.run");
		json.put("concurrency_limit", 2);
		json.put("run_timeout", 300);
		json.put("idle_timeout", 60);
		json.put("docker_command_steps", null);
		json.put("keep_warm", 0);
		json.put("allow_concurrent_inputs", 1);
		json.put("base_docker_image", null);
		json.put("python_version", null);
		json.put("extra_args", null);
		json.put("prestart_command", null);
		json.put("install_custom_node_with_gpu", false);
		json.put("optimized_runner", false);
		json.put("disable_metadata", true);
		json.put("cpu_request", null);
		json.put("cpu_limit", null);
		json.put("memory_request", null);
		json.put("memory_limit", null);
		json.put("models_to_cache", new ArrayList<>());
		json.put("enable_gpu_memory_snapshot", false);
		return json;
	}

	private static @Nullable String gpu(Machine machine) {
		Gpu gpu = machine.gpu();
		return (gpu != null) ? gpu.value() : null;
	}

	private static @Nullable String date(@Nullable Instant instant) {
		return (instant != null) ? PythonDates.format(instant) : null;
	}

	/**
	 * Filter of a list of machines.
	 *
	 * @param search a part of the name with wildcards, or {@code null} for any
	 * @param deleted whether it is deleted, or {@code null} for any
	 * @param workspace whether it is made for a workspace, or {@code null} for any
	 * @param docker whether it is built by the server, or {@code null} for any
	 * @param selfHosted whether its user hosts it, or {@code null} for any
	 */
	record Filter(@Nullable String search, @Nullable Boolean deleted, @Nullable Boolean workspace, boolean docker,
			boolean selfHosted) {

		boolean accepts(Machine machine, boolean isDeleted) {
			boolean self = SELF_HOSTED.contains(machine.type());
			boolean kind = this.selfHosted ? self : !this.docker || machine.type().equals(Machine.SERVERLESS);
			return kind && (this.deleted == null || this.deleted == isDeleted)
					&& (this.workspace == null || this.workspace == machine.workspace())
					&& (this.search == null || SearchPattern.matches(this.search, machine.name()));
		}

	}

}

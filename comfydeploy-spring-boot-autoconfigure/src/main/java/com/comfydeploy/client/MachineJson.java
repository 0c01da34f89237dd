package com.comfydeploy.client;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.json.UnreadableJsonException;
import com.comfydeploy.machine.GpuEvent;
import com.comfydeploy.machine.GpuPrice;
import com.comfydeploy.machine.Machine;
import com.comfydeploy.session.Gpu;

/**
 * The JSON documents of machines.
 */
final class MachineJson {

	private MachineJson() {
	}

	private static @Nullable Gpu gpu(@Nullable String value) {
		String text = SessionJson.text(value);
		return (text != null) ? Gpu.of(text) : null;
	}

	/**
	 * A machine, with the fields that GET /machines and GET /machine/{machine_id} have in
	 * common.
	 */
	record MachineResponse(@JsonProperty("id") @Nullable String id, @JsonProperty("name") @Nullable String name,
			@JsonProperty("type") @Nullable String type, @JsonProperty("gpu") @Nullable String gpu,
			@JsonProperty("status") @Nullable String status,
			@JsonProperty("machine_version") @Nullable String machineVersion,
			@JsonProperty("machine_version_id") @Nullable String machineVersionId,
			@JsonProperty("machine_builder_version") @Nullable String machineBuilderVersion,
			@JsonProperty("comfyui_version") @Nullable String comfyUiVersion,
			@JsonProperty("import_failed_logs") @Nullable String importFailedLogs,
			@JsonProperty("is_workspace") @Nullable Boolean workspace,
			@JsonProperty("created_at") @Nullable String createdAt,
			@JsonProperty("updated_at") @Nullable String updatedAt, @JsonProperty("user_id") @Nullable String userId,
			@JsonProperty("org_id") @Nullable String orgId) {

		/** A name may be any text, such as "None". */
		Machine toMachine() {
			if (this.name == null) {
				throw new UnreadableJsonException("machine name is missing");
			}
			return new Machine(SessionJson.required("machine id", this.id), this.name,
					SessionJson.required("machine type", this.type), MachineJson.gpu(this.gpu),
					SessionJson.required("machine status", this.status), SessionJson.text(this.machineVersion),
					SessionJson.text(this.machineVersionId), SessionJson.text(this.machineBuilderVersion),
					SessionJson.text(this.comfyUiVersion), SessionJson.text(this.importFailedLogs),
					Boolean.TRUE.equals(this.workspace), DateTimes.instant(SessionJson.text(this.createdAt)),
					DateTimes.instant(SessionJson.text(this.updatedAt)), SessionJson.text(this.userId),
					SessionJson.text(this.orgId));
		}

	}

	/**
	 * An event of GET /machine/{machine_id}/events.
	 */
	record GpuEventResponse(@JsonProperty("id") @Nullable String id,
			@JsonProperty("session_id") @Nullable String sessionId, @JsonProperty("gpu") @Nullable String gpu,
			@JsonProperty("ws_gpu") @Nullable String wsGpu, @JsonProperty("start_time") @Nullable String startTime,
			@JsonProperty("end_time") @Nullable String endTime, @JsonProperty("machine_id") @Nullable String machineId,
			@JsonProperty("machine_version_id") @Nullable String machineVersionId,
			@JsonProperty("session_timeout") @Nullable Long sessionTimeout,
			@JsonProperty("tunnel_url") @Nullable String tunnelUrl,
			@JsonProperty("modal_function_id") @Nullable String modalFunctionId,
			@JsonProperty("gpu_provider") @Nullable String gpuProvider, @JsonProperty("cost") @Nullable BigDecimal cost,
			@JsonProperty("created_at") @Nullable String createdAt,
			@JsonProperty("updated_at") @Nullable String updatedAt, @JsonProperty("user_id") @Nullable String userId,
			@JsonProperty("org_id") @Nullable String orgId) {

		GpuEvent toEvent() {
			return new GpuEvent(SessionJson.required("event id", this.id), SessionJson.text(this.sessionId),
					MachineJson.gpu(this.gpu), DateTimes.instant(SessionJson.text(this.startTime)),
					DateTimes.instant(SessionJson.text(this.endTime)), SessionJson.text(this.machineId),
					SessionJson.text(this.machineVersionId), SessionJson.minutes(this.sessionTimeout),
					SessionJson.text(this.tunnelUrl), SessionJson.text(this.modalFunctionId),
					SessionJson.text(this.gpuProvider), this.cost, DateTimes.instant(SessionJson.text(this.createdAt)),
					DateTimes.instant(SessionJson.text(this.updatedAt)), SessionJson.text(this.userId),
					SessionJson.text(this.orgId));
		}

	}

	/**
	 * Response of GET /platform/gpu-pricing: dollars per second by GPU.
	 */
	@SuppressWarnings("serial")
	static final class GpuPricesResponse extends LinkedHashMap<String, @Nullable BigDecimal> {

		/** Return the prices, except those without a name or a price. */
		List<GpuPrice> toPrices() {
			return entrySet().stream()
				.filter((entry) -> SessionJson.text(entry.getKey()) != null && entry.getValue() != null)
				.map((entry) -> new GpuPrice(Gpu.of(entry.getKey()), entry.getValue()))
				.toList();
		}

	}

}

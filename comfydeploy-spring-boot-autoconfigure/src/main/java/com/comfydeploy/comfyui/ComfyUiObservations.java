package com.comfydeploy.comfyui;

import java.util.function.Supplier;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.observation.SafeObservations;

/**
 * Observes logical calls, with the same tags as calls of the session API.
 */
final class ComfyUiObservations {

	private static final Convention CONVENTION = new Convention();

	private final SafeObservations observations;

	ComfyUiObservations(ObservationRegistry registry) {
		this.observations = new SafeObservations(registry);
	}

	<T> T observe(ComfyUiCall call, Supplier<T> action) {
		return this.observations.observe(null, CONVENTION, new Context(call), action);
	}

	/**
	 * Context of an observed call.
	 */
	private static final class Context extends Observation.Context {

		private final ComfyUiCall call;

		Context(ComfyUiCall call) {
			this.call = call;
		}

	}

	/**
	 * Names and tags of a call.
	 */
	private static final class Convention implements ObservationConvention<Context> {

		@Override
		public String getName() {
			return "comfydeploy.comfyui.operation";
		}

		@Override
		public String getContextualName(Context context) {
			return "comfydeploy " + context.call.operation();
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return context instanceof Context;
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(Context context) {
			Integer status = context.call.statusCode();
			Throwable error = context.getError();
			return KeyValues.of("operation", context.call.operation(), "outcome", outcome(status, error), "status",
					(status != null) ? status.toString() : "none", "exception",
					(error != null) ? error.getClass().getSimpleName() : "none");
		}

		/** A workflow can fail although the last status was 200. */
		private static String outcome(@Nullable Integer status, @Nullable Throwable error) {
			if (error == null) {
				return "SUCCESS";
			}
			return switch ((status != null) ? status / 100 : 0) {
				case 3 -> "REDIRECTION";
				case 4 -> "CLIENT_ERROR";
				case 5 -> "SERVER_ERROR";
				default -> "UNKNOWN";
			};
		}

	}

}

package com.comfydeploy.internal.observation;

import java.util.function.Function;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import org.jspecify.annotations.Nullable;

/**
 * A convention of the application. If it fails or returns a tag without a value, the
 * default convention is used instead.
 *
 * @param <C> the type of the context
 */
final class SafeConvention<C extends Observation.Context> implements ObservationConvention<C> {

	private final ObservationConvention<C> convention;

	private final ObservationConvention<C> defaultConvention;

	private final ObservationFailures failures;

	SafeConvention(ObservationConvention<C> convention, ObservationConvention<C> defaultConvention,
			ObservationFailures failures) {
		this.convention = convention;
		this.defaultConvention = defaultConvention;
		this.failures = failures;
	}

	@Override
	public boolean supportsContext(Observation.Context context) {
		return true;
	}

	@Override
	public @Nullable String getName() {
		String name = get("name an observation", ObservationConvention::getName);
		return (name != null && !name.isBlank()) ? name : this.defaultConvention.getName();
	}

	@Override
	public @Nullable String getContextualName(C context) {
		return get("name an observation", (convention) -> convention.getContextualName(context));
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(C context) {
		return get("tag an observation", (convention) -> complete(convention.getLowCardinalityKeyValues(context)));
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(C context) {
		return get("tag an observation", (convention) -> complete(convention.getHighCardinalityKeyValues(context)));
	}

	private static KeyValues complete(KeyValues keyValues) {
		for (KeyValue keyValue : keyValues) {
			if (keyValue.getValue() == null) {
				throw new IllegalStateException("The tag '" + keyValue.getKey() + "' has no value");
			}
		}
		return keyValues;
	}

	private <T extends @Nullable Object> T get(String what, Function<ObservationConvention<C>, T> part) {
		try {
			return part.apply(this.convention);
		}
		catch (Throwable ex) {
			this.failures.log(what, ex);
			return part.apply(this.defaultConvention);
		}
	}

}

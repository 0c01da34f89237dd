package com.comfydeploy.client;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * {@link ObservationConvention} of session calls. A bean of this type replaces the
 * {@linkplain DefaultSessionObservationConvention default}.
 */
public interface SessionObservationConvention extends ObservationConvention<SessionObservationContext> {

	@Override
	default boolean supportsContext(Observation.Context context) {
		return context instanceof SessionObservationContext;
	}

}

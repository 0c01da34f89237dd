package com.comfydeploy.internal.observation;

import java.util.function.Supplier;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Makes observations in a registry of the application, whose handlers, filters,
 * predicates and conventions may fail. A failure of one is logged, and changes neither
 * what is observed nor the observation that is current on the thread.
 */
public final class SafeObservations {

	private final ObservationRegistry registry;

	private final ObservationFailures failures = new ObservationFailures();

	/**
	 * Create observations.
	 * @param registry the registry of the application
	 */
	public SafeObservations(ObservationRegistry registry) {
		this.registry = registry;
	}

	/**
	 * Observe a call, which runs in the scope of its observation.
	 * @param <C> the type of the context
	 * @param <T> the type of the result
	 * @param convention the convention of the application, or {@code null}
	 * @param defaultConvention the convention where neither the application nor the
	 * registry has one
	 * @param context the context
	 * @param call the call
	 * @return the result of the call
	 */
	public <C extends Observation.Context, T> T observe(@Nullable ObservationConvention<C> convention,
			ObservationConvention<C> defaultConvention, C context, Supplier<T> call) {
		SafeObservation observation = create();
		observation.start(convention, defaultConvention, () -> context);
		Throwable error = null;
		try {
			return call.get();
		}
		catch (Throwable ex) {
			error = ex;
			throw ex;
		}
		finally {
			observation.stop(error);
		}
	}

	/**
	 * Create an observation to be started, and stopped, by the same thread. Its parent is
	 * the observation that is current now.
	 * @return the observation
	 */
	public SafeObservation create() {
		return new SafeObservation(this.registry, this.failures);
	}

	/**
	 * Notify a listener of the application. If the listener throws an exception, it is
	 * logged.
	 * @param type the type of the listener, for the log
	 * @param notification the call of the listener
	 */
	public void notifyListener(String type, Runnable notification) {
		this.failures.notifyListener(type, notification);
	}

}

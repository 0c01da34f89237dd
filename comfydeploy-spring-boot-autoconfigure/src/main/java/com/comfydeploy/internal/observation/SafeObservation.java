package com.comfydeploy.internal.observation;

import java.util.function.Supplier;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * An observation that does not fail. Confined to one thread, which is in its scope from
 * its start to its end.
 */
public final class SafeObservation {

	private final ObservationRegistry registry;

	private final ObservationFailures failures;

	private Observation.@Nullable Scope outerScope;

	private @Nullable Observation observation;

	private Observation.@Nullable Scope scope;

	SafeObservation(ObservationRegistry registry, ObservationFailures failures) {
		this.registry = registry;
		this.failures = failures;
		if (!registry.isNoop()) {
			failures.run("find the current observation", () -> this.outerScope = registry.getCurrentObservationScope());
		}
	}

	/**
	 * Start the observation and open its scope.
	 * @param <C> the type of the context
	 * @param convention the convention of the application, or {@code null}
	 * @param defaultConvention the convention where neither the application nor the
	 * registry has one
	 * @param context supplies the context, if anything is observed
	 */
	public <C extends Observation.Context> void start(@Nullable ObservationConvention<C> convention,
			ObservationConvention<C> defaultConvention, Supplier<C> context) {
		if (this.registry.isNoop()) {
			return;
		}
		this.failures.run("create an observation",
				() -> this.observation = create(convention, defaultConvention, context));
		Observation observation = this.observation;
		if (observation != null) {
			this.failures.run("start an observation", observation::start);
			this.failures.run("open the scope of an observation", () -> this.scope = observation.openScope());
		}
	}

	private <C extends Observation.Context> Observation create(@Nullable ObservationConvention<C> convention,
			ObservationConvention<C> defaultConvention, Supplier<C> context) {
		ObservationConvention<C> custom = (convention != null)
				? new SafeConvention<>(convention, defaultConvention, this.failures) : null;
		Observation observation = Observation.createNotStarted(custom, defaultConvention, context, this.registry);
		return observation
			.parentObservation((this.outerScope != null) ? this.outerScope.getCurrentObservation() : null);
	}

	/**
	 * Close the scope and stop the observation, if it was started.
	 * @param error what the observed call threw, or {@code null}
	 */
	public void stop(@Nullable Throwable error) {
		Observation observation = this.observation;
		if (observation == null) {
			return;
		}
		closeScope();
		if (error != null) {
			this.failures.run("record the error of an observation", () -> observation.error(error));
		}
		this.failures.run("stop an observation", observation::stop);
	}

	/**
	 * Close the scope after a failure too: if a handler fails while the scope is opened
	 * or closed, the scope stays open or current.
	 */
	private void closeScope() {
		this.failures.run("close the scope of an observation", () -> {
			Observation.Scope open = (this.scope != null) ? this.scope : this.registry.getCurrentObservationScope();
			if (open != null && open != this.outerScope) {
				open.close();
			}
		});
		this.failures.run("restore the current observation", () -> {
			if (this.registry.getCurrentObservationScope() != this.outerScope) {
				this.registry.setCurrentObservationScope(this.outerScope);
			}
		});
	}

}

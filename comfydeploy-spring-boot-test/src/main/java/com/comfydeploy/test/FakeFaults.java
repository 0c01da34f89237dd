package com.comfydeploy.test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Faults that have not happened yet.
 */
final class FakeFaults {

	private final List<Pending> pending = new ArrayList<>();

	synchronized void add(Fault fault) {
		this.pending.add(new Pending(fault));
	}

	synchronized void clear() {
		this.pending.clear();
	}

	/**
	 * Return the fault of a call, or {@code null}.
	 */
	@Nullable FaultEffect nextCall(String operation) {
		return next(operation, (effect) -> !(effect instanceof FaultEffect.Start || effect instanceof FaultEffect.Run));
	}

	/**
	 * Return the fault of a session that is created, or {@code null}.
	 */
	FaultEffect.@Nullable Start nextStart(String operation) {
		return (FaultEffect.Start) next(operation, (effect) -> effect instanceof FaultEffect.Start);
	}

	/**
	 * Return the fault of a workflow that is submitted, or {@code null}.
	 */
	FaultEffect.@Nullable Run nextRun() {
		return (FaultEffect.Run) next(ComfyUiOperations.SUBMIT, (effect) -> effect instanceof FaultEffect.Run);
	}

	private synchronized @Nullable FaultEffect next(String operation, Predicate<FaultEffect> kind) {
		for (Pending candidate : this.pending) {
			if (kind.test(candidate.effect) && candidate.appliesTo(operation)) {
				if (candidate.timesLeft == 0) {
					this.pending.remove(candidate);
				}
				return candidate.effect;
			}
		}
		return null;
	}

	private static final class Pending {

		private final FaultEffect effect;

		private final List<String> operations;

		private final double probability;

		private final @Nullable Random random;

		private int timesLeft;

		Pending(Fault fault) {
			Fault.Chance chance = fault.chance();
			this.effect = fault.effect();
			this.operations = fault.operations();
			this.probability = (chance != null) ? chance.probability() : 1;
			this.random = (chance != null) ? new Random(chance.seed()) : null;
			this.timesLeft = fault.times();
		}

		boolean appliesTo(String operation) {
			if (!this.operations.contains(operation)) {
				return false;
			}
			if (this.random != null && this.random.nextDouble() >= this.probability) {
				return false;
			}
			this.timesLeft -= (this.timesLeft < Integer.MAX_VALUE) ? 1 : 0;
			return true;
		}

	}

}

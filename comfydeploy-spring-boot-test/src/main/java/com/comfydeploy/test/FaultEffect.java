package com.comfydeploy.test;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Fault} does.
 */
sealed interface FaultEffect {

	/**
	 * The operations that it can happen to.
	 */
	default List<String> operations() {
		return SessionRoutes.OPERATIONS;
	}

	/**
	 * The same after the call has been carried out.
	 */
	FaultEffect carriedOut();

	/**
	 * The answer is another.
	 *
	 * @param response the answer
	 * @param isCarriedOut whether the call is carried out all the same
	 */
	record Status(FakeResponse response, boolean isCarriedOut) implements FaultEffect {

		@Override
		public FaultEffect carriedOut() {
			return new Status(this.response, true);
		}

		@Override
		public String toString() {
			return "status " + this.response.statusCode() + (this.isCarriedOut ? ", carried out" : "");
		}

	}

	/**
	 * The answer is late.
	 *
	 * @param delay how late
	 * @param isCarriedOut whether the call is carried out before
	 */
	record Delay(Duration delay, boolean isCarriedOut) implements FaultEffect {

		@Override
		public FaultEffect carriedOut() {
			return new Delay(this.delay, true);
		}

		@Override
		public String toString() {
			return "delay of " + this.delay + (this.isCarriedOut ? ", carried out" : "");
		}

	}

	/**
	 * There is no answer.
	 *
	 * @param isCarriedOut whether the call is carried out all the same
	 */
	record Drop(boolean isCarriedOut) implements FaultEffect {

		@Override
		public FaultEffect carriedOut() {
			return new Drop(true);
		}

		@Override
		public String toString() {
			return "drop" + (this.isCarriedOut ? ", carried out" : "");
		}

	}

	/**
	 * The session that is created starts in another way.
	 *
	 * @param startup the time it needs, or {@code null} for the usual one
	 * @param fails whether it fails after that time
	 */
	record Start(@Nullable Duration startup, boolean fails) implements FaultEffect {

		private static final List<String> CREATES = List.of("create", "create-dynamic");

		@Override
		public List<String> operations() {
			return CREATES;
		}

		@Override
		public FaultEffect carriedOut() {
			throw new IllegalStateException("A call whose session starts is carried out in any case");
		}

		@Override
		public String toString() {
			return (this.startup != null) ? "start after " + this.startup : "failed start";
		}

	}

}

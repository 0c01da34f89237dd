package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Effect of a {@link Fault}.
 */
sealed interface FaultEffect {

	/**
	 * Return the operations that it applies to by default.
	 */
	default List<String> operations() {
		return SessionRoutes.OPERATIONS;
	}

	/**
	 * Return the operations that it can be limited to: also those of a session's ComfyUI,
	 * unless it applies to some operations only.
	 */
	default List<String> supportedOperations() {
		List<String> operations = operations();
		return operations.equals(SessionRoutes.OPERATIONS)
				? Stream.concat(operations.stream(), ComfyUiOperations.ALL.stream()).toList() : operations;
	}

	/**
	 * Return this effect for a call that has already been carried out.
	 */
	FaultEffect carriedOut();

	/**
	 * Respond to a call to which this effect applies.
	 * @param call the call
	 * @param waiting waits, relative to the arrival of the call
	 * @return the response, or {@code null} to drop the connection without one
	 */
	default @Nullable FakeResponse respond(Call call, Waiting waiting) throws InterruptedException {
		return call.carryOut(Breakdown.NONE);
	}

	/**
	 * Respond to a call.
	 * @param fault the effect that applies to it, or {@code null}
	 * @param arrived the time of its arrival
	 * @return the response, or {@code null} to drop the connection without one
	 */
	static @Nullable FakeResponse respond(@Nullable FaultEffect fault, FakeClock clock, Instant arrived, Call call)
			throws InterruptedException {
		return (fault != null) ? fault.respond(call, (delay) -> clock.awaitTime(arrived.plus(delay)))
				: call.carryOut(Breakdown.NONE);
	}

	/**
	 * Another response.
	 *
	 * @param response the response
	 * @param isCarriedOut whether the call is carried out anyway
	 */
	record Status(FakeResponse response, boolean isCarriedOut) implements FaultEffect {

		@Override
		public FaultEffect carriedOut() {
			return new Status(this.response, true);
		}

		@Override
		public FakeResponse respond(Call call, Waiting waiting) throws InterruptedException {
			if (this.isCarriedOut) {
				call.carryOut(Breakdown.NONE);
			}
			return this.response;
		}

		@Override
		public String toString() {
			return "status " + this.response.statusCode() + (this.isCarriedOut ? ", carried out" : "");
		}

	}

	/**
	 * Late response.
	 *
	 * @param delay the delay
	 * @param isCarriedOut whether the call is carried out before the delay
	 */
	record Delay(Duration delay, boolean isCarriedOut) implements FaultEffect {

		@Override
		public FaultEffect carriedOut() {
			return new Delay(this.delay, true);
		}

		@Override
		public FakeResponse respond(Call call, Waiting waiting) throws InterruptedException {
			FakeResponse response = this.isCarriedOut ? call.carryOut(Breakdown.NONE) : null;
			waiting.await(this.delay);
			return (response != null) ? response : call.carryOut(Breakdown.NONE);
		}

		@Override
		public String toString() {
			return "delay of " + this.delay + (this.isCarriedOut ? ", carried out" : "");
		}

	}

	/**
	 * No response.
	 *
	 * @param isCarriedOut whether the call is carried out anyway
	 */
	record Drop(boolean isCarriedOut) implements FaultEffect {

		@Override
		public FaultEffect carriedOut() {
			return new Drop(true);
		}

		@Override
		public @Nullable FakeResponse respond(Call call, Waiting waiting) throws InterruptedException {
			if (this.isCarriedOut) {
				call.carryOut(Breakdown.NONE);
			}
			return null;
		}

		@Override
		public String toString() {
			return "drop" + (this.isCarriedOut ? ", carried out" : "");
		}

	}

	/**
	 * Connection that is dropped in the middle of the response's body.
	 */
	record Truncation() implements FaultEffect {

		@Override
		public FaultEffect carriedOut() {
			throw new IllegalStateException("A call with a truncated response is always carried out");
		}

		@Override
		public FakeResponse respond(Call call, Waiting waiting) throws InterruptedException {
			return call.carryOut(Breakdown.NONE).truncated();
		}

		@Override
		public String toString() {
			return "truncated response";
		}

	}

	/**
	 * Failure of a part of the server while the call is carried out.
	 *
	 * @param breakdown the part
	 * @param operations the operations that are affected
	 */
	record PartialFailure(Breakdown breakdown, List<String> operations) implements FaultEffect {

		@Override
		public FaultEffect carriedOut() {
			throw new IllegalStateException("A call with a fault inside the server is always carried out");
		}

		@Override
		public FakeResponse respond(Call call, Waiting waiting) throws InterruptedException {
			return call.carryOut(this.breakdown);
		}

		@Override
		public String toString() {
			return this.breakdown.toString();
		}

	}

	/**
	 * Different start of the session that is created.
	 *
	 * @param kind what is different
	 * @param duration the time that it takes, or zero if it does not matter
	 */
	record Start(Kind kind, Duration duration) implements FaultEffect {

		private static final List<String> CREATES = List.of("create", "create-dynamic");

		@Override
		public List<String> operations() {
			return CREATES;
		}

		@Override
		public FaultEffect carriedOut() {
			throw new IllegalStateException("A call with a fault of a start is always carried out");
		}

		@Override
		public String toString() {
			return switch (this.kind) {
				case SLOW -> "start after " + this.duration;
				case FAILED -> "failed start";
				case SLOW_CONTAINER -> "container after " + this.duration;
				case NO_CONTAINER -> "no container";
				case FAILED_EXPIRY -> "failed expiry";
			};
		}

		/**
		 * Difference from a usual start.
		 */
		enum Kind {

			/** It takes longer. */
			SLOW,

			/** It fails. */
			FAILED,

			/** The server learns the container's id late. */
			SLOW_CONTAINER,

			/** There is never a container. */
			NO_CONTAINER,

			/** The container is not stopped at the deadline, which is forgotten. */
			FAILED_EXPIRY

		}

	}

	/**
	 * Different run of the workflow that is submitted.
	 *
	 * @param kind what goes wrong
	 * @param classType the kind of node that fails, or {@code null} for none
	 * @param message the message of its exception, or {@code null} for none
	 */
	record Run(Kind kind, @Nullable String classType, @Nullable String message) implements FaultEffect {

		private static final List<String> SUBMITS = List.of(ComfyUiOperations.SUBMIT);

		@Override
		public List<String> operations() {
			return SUBMITS;
		}

		@Override
		public FaultEffect carriedOut() {
			throw new IllegalStateException("A workflow with a fault is always submitted");
		}

		@Override
		public String toString() {
			return (this.classType != null) ? "failure of " + this.classType + ": " + this.message
					: this.kind.name().toLowerCase(Locale.ROOT) + " run";
		}

		/**
		 * Failure of a workflow while it runs.
		 */
		enum Kind {

			/** A node fails. */
			FAIL,

			/** It never ends, as when ComfyUI's worker has died. */
			STUCK,

			/** Its results cannot be read: history and job are a 500. */
			UNREADABLE,

			/** It does not notice that it is interrupted, and succeeds. */
			UNINTERRUPTIBLE,

			/** Its outputs have numbers that JSON does not allow. */
			NAN

		}

	}

	/**
	 * Call that a fault may apply to.
	 */
	@FunctionalInterface
	interface Call {

		/**
		 * Carry out the call.
		 * @param breakdown the part of the server that fails meanwhile
		 */
		FakeResponse carryOut(Breakdown breakdown) throws InterruptedException;

	}

	/**
	 * Wait until some time has passed since a call arrived.
	 */
	@FunctionalInterface
	interface Waiting {

		void await(Duration delay) throws InterruptedException;

	}

}

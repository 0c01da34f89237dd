package com.comfydeploy.lease;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Moment at which a JVM is killed that holds leases or takes them over.
 */
enum KillMoment {

	/** A lease is about to be written. */
	BEFORE_LEASE_IS_ADDED(opening().inStore("before add 8")),

	/** A lease is written, but its create is not sent. */
	BEFORE_CREATE_IS_SENT(opening().inStore("after add 8")),

	/** A create is sent, but lost. */
	CREATE_NEVER_ARRIVES(opening().atRequest(CallGate.CREATE, 8)),

	/** A create reaches the server when its JVM is dead. */
	CREATE_ARRIVES_LATE(opening().atRequest(CallGate.CREATE, 8).late()),

	/** A create is processed, but its response is not read. */
	CREATE_WITHOUT_RESPONSE(opening().atResponse(CallGate.CREATE, 8)),

	/** The same, and no other lease shows how far the clocks are apart. */
	FIRST_CREATE_WITHOUT_RESPONSE(opening().atResponse(CallGate.CREATE, 1)),

	/** The response to a create is read, and its session not written. */
	BEFORE_SESSION_IS_WRITTEN(opening().inStore("before update:HELD 8")),

	/** A session is written, and not polled. */
	AFTER_SESSION_IS_WRITTEN(opening().inStore("after update:HELD 8")),

	/** Some sessions are starting. */
	STARTING(opening().startup(Duration.ofSeconds(3)).inStore("after update:HELD 8")),

	/** Some sessions start for longer than the server may take to know a container. */
	STARTING_SLOWLY(opening().startup(Duration.ofSeconds(60)).inStore("after update:HELD 4")),

	/** All leases are held. */
	HOLDING(new Plan()),

	/** An extension is reserved, and not sent. */
	BEFORE_EXTENSION_IS_SENT(extending("PT9M30S").inStore("after reserve 5")),

	/** An extension reaches the server when its JVM is dead. */
	EXTENSION_ARRIVES_LATE(extending("PT9M30S").atRequest(CallGate.EXTEND, 5).late()),

	/** An extension is carried out, and its response not read. */
	EXTENSION_WITHOUT_RESPONSE(extending("PT9M30S").atResponse(CallGate.EXTEND, 5)),

	/** A lease is written as closing, and its cancel not sent. */
	BEFORE_CANCEL_IS_SENT(closing().inStore("after update:CLOSING 3")),

	/** A cancel reaches the server when its JVM is dead. */
	CANCEL_ARRIVES_LATE(closing().atRequest(CallGate.CANCEL, 3).late()),

	/** A cancel is carried out, and its response not read. */
	CANCEL_WITHOUT_RESPONSE(closing().atResponse(CallGate.CANCEL, 3)),

	/** A session is gone, and its lease not removed. */
	BEFORE_LEASE_IS_REMOVED(closing().inStore("before remove 3")),

	/** A second JVM dies when it has taken some leases over. */
	TAKING_OVER(new Plan().recovery(new Plan().inStore("after takeOver 5"))),

	/** A second JVM dies when it has cancelled some sessions. */
	CANCELLING_ORPHANS(new Plan().recovery(new Plan().atRequest(CallGate.CANCEL, 5))),

	/** A second JVM dies when it looks for the session of a create. */
	LOOKING_FOR_SESSION(opening().atResponse(CallGate.CREATE, 8).recovery(new Plan().atResponse(CallGate.LIST, 1))),

	/** A second JVM dies when it has adopted some leases. */
	ADOPTING(new Plan().adopting().recovery(new Plan().inStore("after takeOver 5"))),

	/** Any moment while leases are opened. */
	WHILE_OPENING(opening().randomly()),

	/** Any moment while leases are extended. */
	WHILE_EXTENDING(extending("PT9M58S").randomly()),

	/** Any moment while leases are closed. */
	WHILE_CLOSING(closing().randomly());

	final Plan plan;

	KillMoment(Plan plan) {
		this.plan = plan;
	}

	private static Plan opening() {
		Plan plan = new Plan();
		plan.opening = true;
		return plan;
	}

	/**
	 * Extend leases of ten minutes. Half a minute is enough to open all leases before.
	 */
	private static Plan extending(String renewBefore) {
		Plan plan = new Plan();
		plan.arguments = new String[] { "renewBefore=" + renewBefore };
		return plan;
	}

	private static Plan closing() {
		Plan plan = new Plan();
		plan.arguments = new String[] { "close=10" };
		return plan;
	}

	/**
	 * Plan that brings a JVM to the moment.
	 */
	static final class Plan {

		/** Whether leases are still being opened. */
		boolean opening;

		String[] arguments = {};

		Duration startup = Duration.ZERO;

		@Nullable String storeMoment;

		CallGate.@Nullable Hold call;

		/** Whether the call that is held reaches the server after the death. */
		boolean late;

		/** Whether the moment is left to chance. */
		boolean random;

		/** Whether leases are adopted, and not cancelled. */
		boolean adopting;

		/** Plan for the death of a second JVM, or {@code null} if it survives. */
		@Nullable Plan recovery;

		private Plan startup(Duration startup) {
			this.startup = startup;
			return this;
		}

		private Plan inStore(String moment) {
			this.storeMoment = moment;
			return this;
		}

		private Plan atRequest(String call, int number) {
			this.call = new CallGate.Hold(CallGate.Side.REQUEST, call, number);
			return this;
		}

		private Plan atResponse(String call, int number) {
			this.call = new CallGate.Hold(CallGate.Side.RESPONSE, call, number);
			return this;
		}

		private Plan late() {
			this.late = true;
			return this;
		}

		private Plan randomly() {
			this.random = true;
			return this;
		}

		private Plan adopting() {
			this.adopting = true;
			return this;
		}

		private Plan recovery(Plan recovery) {
			this.recovery = recovery;
			return this;
		}

	}

}

package com.comfydeploy.test;

/**
 * A part of the server that fails while a call is executed.
 */
enum Breakdown {

	/** Everything works. */
	NONE("no breakdown"),

	/** The store of deadlines can neither be read nor written. */
	DEADLINES("deadlines unavailable"),

	/** The deadline of the session is lost, before the call is carried out. */
	DEADLINE("deadline forgotten"),

	/** The container service does not stop a container. */
	STOP("cancel without effect");

	private final String description;

	Breakdown(String description) {
		this.description = description;
	}

	@Override
	public String toString() {
		return this.description;
	}

}

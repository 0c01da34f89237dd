package com.comfydeploy.lease;

/**
 * Policy for the leases of a failed JVM.
 */
public enum OrphanPolicy {

	/** Cancel their sessions. */
	CANCEL,

	/**
	 * Take them over: the JVM that finds them first extends and closes them, with the
	 * options that they were opened with.
	 */
	ADOPT,

	/** Report them. Their sessions run until their deadlines. */
	REPORT

}

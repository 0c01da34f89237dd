package com.comfydeploy.lease;

/**
 * Policy for the leases of a failed JVM.
 */
public enum OnOrphan {

	/** Cancel their sessions. */
	CANCEL,

	/** Keep them open, within their own limits, in the JVM that finds them first. */
	ADOPT,

	/** Report them. Their sessions run until their deadlines. */
	REPORT

}

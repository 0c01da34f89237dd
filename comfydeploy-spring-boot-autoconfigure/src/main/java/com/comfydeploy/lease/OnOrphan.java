package com.comfydeploy.lease;

/**
 * Policy for the leases of a failed JVM.
 */
public enum OnOrphan {

	/** Their sessions are cancelled. */
	CANCEL,

	/** The JVM that finds them first keeps them open, within their own limits. */
	ADOPT,

	/** They are reported, and left to their deadlines. */
	REPORT

}

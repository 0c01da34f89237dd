package com.comfydeploy.lease;

/**
 * Policy for the leases of a JVM that died.
 */
public enum OnOrphan {

	/** Their sessions are cancelled. */
	CANCEL,

	/** They are held on, within their own limits, by the JVM that finds them first. */
	ADOPT,

	/** They are reported, and left to their deadlines. */
	REPORT

}

package com.comfydeploy;

import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Sessions and machines of tests, as the server describes them.
 */
public final class SessionFixtures {

	/** The id of a machine. */
	public static final String MACHINE_ID = FakeComfyDeploy.MACHINE_ID;

	/**
	 * A response to every call for the session {@code s1} but a list: it has the fields
	 * that any of them reads.
	 */
	public static final String SESSION_JSON = """
			{"id":"s1","session_id":"s1","success":true,"version_id":"v1","version":1}""";

	private SessionFixtures() {
	}

}

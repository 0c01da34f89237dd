package com.comfydeploy.lease;

import java.time.Duration;

/**
 * The next step of a lease.
 */
sealed interface LeaseAction {

	/**
	 * Do nothing for some time.
	 */
	record Wait(Duration duration) implements LeaseAction {

	}

	/**
	 * Get the session.
	 */
	record Poll() implements LeaseAction {

	}

	/**
	 * Move the deadline.
	 */
	record Extend(Duration by) implements LeaseAction {

	}

	/**
	 * Cancel the session.
	 */
	record Cancel() implements LeaseAction {

	}

	/**
	 * Do nothing any more.
	 */
	record Stop() implements LeaseAction {

	}

}

package com.comfydeploy.internal.observation;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Prevents failures of the application's observability from affecting a call, and logs
 * the first failure of each kind as a warning.
 */
public final class ObservationFailures {

	private static final Log logger = LogFactory.getLog(ObservationFailures.class);

	/** Limit in case the application generates classes of exceptions at run time. */
	private static final int MAX_KINDS = 100;

	private static final String OBSERVABILITY_ADVICE = "ComfyDeploy calls are not affected, but may be missing in "
			+ "meters and traces: check the application's observation handlers, filters, predicates, conventions and "
			+ "meter registries";

	private static final String LISTENER_ADVICE = "ComfyDeploy calls are not affected: fix the exception in the listener";

	private final Set<String> kinds = ConcurrentHashMap.newKeySet();

	/**
	 * Run an action of the application's observability.
	 * @param what what the action does, for the log: a verb and its object
	 * @param action the action
	 */
	public void run(String what, Runnable action) {
		try {
			action.run();
		}
		catch (Throwable ex) {
			log(what, ex);
		}
	}

	/**
	 * Notify a listener of the application.
	 * @param type the type of the listener, for the log
	 * @param notification the call of the listener
	 */
	void notifyListener(String type, Runnable notification) {
		try {
			notification.run();
		}
		catch (Throwable ex) {
			log("notify a " + type, LISTENER_ADVICE, ex);
		}
	}

	void log(String what, Throwable failure) {
		log(what, OBSERVABILITY_ADVICE, failure);
	}

	private void log(String what, String advice, Throwable failure) {
		if (failure instanceof InterruptedException) { // Kotlin code throws it undeclared
			Thread.currentThread().interrupt();
		}
		if (this.kinds.size() < MAX_KINDS && this.kinds.add(kind(what, failure))) {
			logger.warn(
					"Failed to " + what + ". " + advice + ". Further failures of this kind are logged at DEBUG level",
					failure);
		}
		else {
			logger.debug("Failed to " + what, failure);
		}
	}

	private static String kind(String what, Throwable failure) {
		StackTraceElement[] trace = failure.getStackTrace();
		return what + " " + failure.getClass().getName()
				+ ((trace.length > 0) ? " " + trace[0].getClassName() + "." + trace[0].getMethodName() : "");
	}

}

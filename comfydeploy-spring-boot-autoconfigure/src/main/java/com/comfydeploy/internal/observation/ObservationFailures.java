package com.comfydeploy.internal.observation;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Keeps failures of the application's observability away from what is observed, and logs
 * each kind of them once.
 */
public final class ObservationFailures {

	private static final Log logger = LogFactory.getLog(ObservationFailures.class);

	/** Kinds are few, unless something makes classes of exceptions as it goes. */
	private static final int MAX_KINDS = 100;

	private final Set<String> kinds = ConcurrentHashMap.newKeySet();

	/**
	 * Run what may fail.
	 * @param what what it does, for the log: a verb and its object
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

	/** Kotlin's code throws checked exceptions undeclared. */
	void log(String what, Throwable failure) {
		if (failure instanceof InterruptedException) {
			Thread.currentThread().interrupt();
		}
		if (this.kinds.size() < MAX_KINDS && this.kinds.add(kind(what, failure))) {
			logger.warn("Failed to " + what + ". ComfyDeploy calls are not affected, but may be missing in meters and "
					+ "traces: check the application's observation handlers, filters, predicates and conventions. "
					+ "Further failures of this kind are logged at DEBUG level", failure);
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

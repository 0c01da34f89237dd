package com.comfydeploy.lease;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import org.springframework.util.ClassUtils;

/**
 * Context of the threads that work for a lease: the session's id in the MDC, and the
 * observation that was current when the lease was opened, so that their spans belong to
 * its trace.
 */
final class LeaseContext {

	/** The key of the session's id in the MDC. */
	static final String SESSION_ID = "comfydeploy.session";

	private static final Log logger = LogFactory.getLog(SessionLease.class);

	private static final boolean SLF4J = ClassUtils.isPresent("org.slf4j.MDC", LeaseContext.class.getClassLoader());

	private final String sessionId;

	private final @Nullable Observation opener;

	LeaseContext(String sessionId, ObservationRegistry observations) {
		this.sessionId = sessionId;
		this.opener = currentObservation(sessionId, observations);
	}

	/** A session has been created: no failure of the application's code may lose it. */
	private static @Nullable Observation currentObservation(String sessionId, ObservationRegistry observations) {
		try {
			return observations.getCurrentObservation();
		}
		catch (Throwable ex) {
			logger.debug("The trace of the opener of session " + sessionId + " is not known", ex);
			return null;
		}
	}

	/**
	 * Run a task of the lease.
	 */
	void run(Runnable task) {
		String before = SLF4J ? Slf4j.put(this.sessionId) : null;
		Observation.Scope scope = openScope();
		try {
			task.run();
		}
		finally {
			closeScope(scope);
			if (SLF4J) {
				Slf4j.restore(before);
			}
		}
	}

	private Observation.@Nullable Scope openScope() {
		try {
			return (this.opener != null) ? this.opener.openScope() : null;
		}
		catch (Throwable ex) {
			logger.debug("Calls for session " + this.sessionId + " are not part of the trace of its opener", ex);
			return null;
		}
	}

	private void closeScope(Observation.@Nullable Scope scope) {
		if (scope == null) {
			return;
		}
		try {
			scope.close();
		}
		catch (Throwable ex) {
			logger.debug("An observation handler failed for session " + this.sessionId, ex);
		}
	}

	/**
	 * Loaded only where SLF4J is on the class path.
	 */
	private static final class Slf4j {

		private Slf4j() {
		}

		static @Nullable String put(String sessionId) {
			String before = MDC.get(SESSION_ID);
			MDC.put(SESSION_ID, sessionId);
			return before;
		}

		static void restore(@Nullable String before) {
			if (before != null) {
				MDC.put(SESSION_ID, before);
			}
			else {
				MDC.remove(SESSION_ID);
			}
		}

	}

}

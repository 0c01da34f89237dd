package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.Gpu;

/**
 * The evidence in the response to a call of a lease.
 */
sealed interface LeaseEvidence {

	/**
	 * The session's record is open.
	 *
	 * @param timeoutEnd its deadline; {@code null} proves nothing, not even that closing
	 * has begun
	 */
	record Found(@Nullable String url, @Nullable Instant createdAt, @Nullable Instant timeoutEnd,
			@Nullable Gpu gpu) implements LeaseEvidence {

	}

	/**
	 * The session's record is closed: the API itself has responded 404 to a get.
	 */
	record Gone() implements LeaseEvidence {

	}

	/**
	 * Another JVM has taken the lease over: this JVM must neither extend nor close it.
	 */
	record TakenOver() implements LeaseEvidence {

	}

	/**
	 * A get has failed, which proves nothing.
	 *
	 * @param permanent whether another poll would fail too, such as with a wrong token
	 */
	record PollFailed(Throwable failure, boolean permanent) implements LeaseEvidence {

	}

	/**
	 * The deadline has been moved.
	 */
	record Extended(Duration by) implements LeaseEvidence {

	}

	/**
	 * An extension has failed.
	 *
	 * @param retryAfter how long the server asks to wait, else zero
	 */
	record ExtensionFailed(Duration by, Throwable failure, Outcome outcome,
			Duration retryAfter) implements LeaseEvidence {

	}

	/**
	 * The server has accepted a cancel. This does not prove that the session ends.
	 */
	record CancelAccepted() implements LeaseEvidence {

	}

	/**
	 * The server has responded that it does not cancel the session. If the session's
	 * record is closed now, the server has closed it without knowing its container.
	 */
	record CancelRefused() implements LeaseEvidence {

	}

	/**
	 * A cancel has failed.
	 */
	record CancelFailed(Throwable failure, Outcome outcome) implements LeaseEvidence {

	}

	/**
	 * The known outcome of a failed call.
	 */
	enum Outcome {

		/** The server has not processed the call. */
		NOT_DONE,

		/** The API itself has responded 404. */
		NOT_FOUND,

		/** The server may have processed the call, and will not process it later. */
		UNKNOWN,

		/** The server may have processed the call, or may still process it. */
		NO_RESPONSE

	}

}

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
	 * Another JVM has taken over: the lease is not to be extended or closed here.
	 */
	record TakenOver() implements LeaseEvidence {

	}

	/**
	 * A get has failed, which proves nothing.
	 *
	 * @param permanent whether getting again is pointless, such as for a wrong token
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
	 * The server has responded that it cancels the session, which proves nothing.
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

		/** It was not carried out. */
		NOT_DONE,

		/** The API itself has responded 404. */
		NOT_FOUND,

		/** It may have been carried out, and will not be later. */
		UNKNOWN,

		/** It may have been carried out, or may be later. */
		NO_RESPONSE

	}

}

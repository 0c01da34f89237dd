package com.comfydeploy.test;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Start of a session, and its end at the deadline.
 *
 * @param spawn the time until the server learns its container's id, or {@code null} for
 * never
 * @param startup the time until it is ready
 * @param fails whether it fails instead of being ready
 * @param expires whether its container is stopped at the deadline
 */
record FakeStart(@Nullable Duration spawn, Duration startup, boolean fails, boolean expires) {

	FakeStart with(FaultEffect.@Nullable Start fault) {
		if (fault == null) {
			return this;
		}
		return switch (fault.kind()) {
			case SLOW -> new FakeStart(this.spawn, fault.duration(), this.fails, this.expires);
			case FAILED -> new FakeStart(this.spawn, this.startup, true, this.expires);
			case SLOW_CONTAINER ->
				new FakeStart(fault.duration(), fault.duration().plus(this.startup), this.fails, this.expires);
			case NO_CONTAINER -> withoutContainer();
			case FAILED_EXPIRY -> new FakeStart(this.spawn, this.startup, this.fails, false);
		};
	}

	FakeStart withoutContainer() {
		return new FakeStart(null, this.startup, this.fails, this.expires);
	}

}

package com.comfydeploy.test;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * How a session starts.
 *
 * @param spawn the time until it has its container
 * @param startup the time until it is ready
 * @param fails whether it fails instead of being ready
 */
record FakeStart(Duration spawn, Duration startup, boolean fails) {

	FakeStart with(FaultEffect.@Nullable Start fault) {
		if (fault == null) {
			return this;
		}
		Duration startup = fault.startup();
		return new FakeStart(this.spawn, (startup != null) ? startup : this.startup, fault.fails());
	}

}

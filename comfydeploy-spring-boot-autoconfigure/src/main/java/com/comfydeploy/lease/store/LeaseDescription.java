package com.comfydeploy.lease.store;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.session.Gpu;

/**
 * Describes a lease: its request and its limits, as another JVM needs them to find its
 * session and to hold it.
 *
 * @param machineId the machine, or {@code null} if the request names none
 * @param dynamic whether the session was requested without a machine of its own
 * @param adopted whether the session was created before the lease, by somebody else
 * @param gpu the GPU, or {@code null} if the request leaves it to the machine
 * @param extension the time that each extension adds
 * @param renewBefore remaining time at which the lease is extended
 * @param maxLifetime the maximum lifetime of the lease, counted from its creation
 * @param owner any text of the application's, or {@code null}
 */
public record LeaseDescription(@Nullable String machineId, boolean dynamic, boolean adopted, @Nullable Gpu gpu,
		Duration extension, Duration renewBefore, Duration maxLifetime, @Nullable String owner) {

	public LeaseDescription {
		Assert.notNull(extension, "extension must not be null");
		Assert.notNull(renewBefore, "renewBefore must not be null");
		Assert.notNull(maxLifetime, "maxLifetime must not be null");
	}

}

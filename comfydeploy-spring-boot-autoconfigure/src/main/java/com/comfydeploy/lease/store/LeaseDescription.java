package com.comfydeploy.lease.store;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.session.Gpu;

/**
 * Description of a lease: its request and its limits. Another JVM needs them to find the
 * session of the lease and to take the lease over.
 *
 * @param machineId the machine, or {@code null} if the request names none
 * @param dynamic whether the session was requested without an existing machine
 * @param adopted whether the session existed before the lease
 * @param gpu the GPU, or {@code null} for the GPU of the machine
 * @param extension the time that each extension adds
 * @param renewBefore the remaining time at which the lease is extended
 * @param maxLifetime the maximum lifetime of the lease, counted from its creation
 * @param owner any text that the application chose, or {@code null}
 */
public record LeaseDescription(@Nullable String machineId, boolean dynamic, boolean adopted, @Nullable Gpu gpu,
		Duration extension, Duration renewBefore, Duration maxLifetime, @Nullable String owner) {

	public LeaseDescription {
		Assert.notNull(extension, "extension must not be null");
		Assert.notNull(renewBefore, "renewBefore must not be null");
		Assert.notNull(maxLifetime, "maxLifetime must not be null");
	}

}

package com.comfydeploy.test;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * A container of a {@link FakeComfyDeploy}: what costs money, whatever the session API
 * says about its session.
 *
 * @param sessionId the id of the session that it was started for
 * @param machineId the machine's id, or {@code null} for a dynamic session without one
 * @param gpu the kind of GPU, or {@code null} where neither the machine nor the request
 * had one
 * @param startsAt when it starts, in the time of the fake; later than now while the
 * session is starting
 * @param endsAt when it ends unless a call changes that
 */
public record RunningContainer(String sessionId, @Nullable String machineId, @Nullable String gpu, Instant startsAt,
		Instant endsAt) {

}

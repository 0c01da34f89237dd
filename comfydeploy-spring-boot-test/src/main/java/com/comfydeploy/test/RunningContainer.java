package com.comfydeploy.test;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Container of a {@link FakeComfyDeploy}, starting or running. A real container would
 * cost money, even if the session API no longer knew its session.
 *
 * @param sessionId the id of the session that it was started for
 * @param machineId the machine's id, or {@code null} for a dynamic session without one
 * @param gpu the kind of GPU, or {@code null} if neither the machine nor the request had
 * one
 * @param startsAt when it starts, in the time of the fake; later than now while the
 * session is starting
 * @param endsAt when it ends, unless a call changes this time
 */
public record RunningContainer(String sessionId, @Nullable String machineId, @Nullable String gpu, Instant startsAt,
		Instant endsAt) {

}

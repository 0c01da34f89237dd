package com.comfydeploy.test;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Container of a {@link FakeComfyDeploy}, starting or running. A real container costs
 * money as long as it runs, even if the session API has closed the record of its session.
 *
 * @param sessionId the id of its session
 * @param machineId the machine's id, or {@code null} for a dynamic session without one
 * @param gpu the GPU, or {@code null} if neither the machine nor the request had one
 * @param startsAt the time of its start, by the clock of the fake; in the future while
 * the session is starting
 * @param endsAt the time of its end, unless a call changes this time
 */
public record RunningContainer(String sessionId, @Nullable String machineId, @Nullable String gpu, Instant startsAt,
		Instant endsAt) {

}

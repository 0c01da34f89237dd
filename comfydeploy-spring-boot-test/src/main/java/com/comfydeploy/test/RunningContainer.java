package com.comfydeploy.test;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Container of a {@link FakeComfyDeploy}, starting or running. A real container costs
 * money as long as it runs, even if the session API has closed the record of its session.
 *
 * @param sessionId the id of the session that it was started for
 * @param machineId the machine's id, or {@code null} for a dynamic session without one
 * @param gpu the kind of GPU, or {@code null} if neither the machine nor the request had
 * one
 * @param startsAt when it starts, by the clock of the fake; in the future while the
 * session is starting
 * @param endsAt when it ends, unless a call changes this time
 */
public record RunningContainer(String sessionId, @Nullable String machineId, @Nullable String gpu, Instant startsAt,
		Instant endsAt) {

}

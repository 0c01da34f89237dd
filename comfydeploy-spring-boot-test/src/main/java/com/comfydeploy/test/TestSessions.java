package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

/**
 * Ready-made {@link Session} values, for tests with a mock of {@link SessionOperations}.
 * Two that are made in the same way are equal.
 *
 * <pre class="code">
 * given(sessions.get("123")).willReturn(TestSessions.starting("123"), TestSessions.ready("123"));
 * given(sessions.find("123")).willReturn(Optional.of(TestSessions.ready("123")), Optional.empty());
 * given(sessions.list()).willReturn(List.of(TestSessions.builder("123").gpu(Gpu.H100).build()));
 * </pre>
 */
public final class TestSessions {

	private TestSessions() {
	}

	/**
	 * Return a session that can be used.
	 * @param id the session's id
	 * @return a session with a url
	 */
	public static Session ready(String id) {
		return builder(id).build();
	}

	/**
	 * Return a session that cannot be used yet.
	 * @param id the session's id
	 * @return a session without a url
	 */
	public static Session starting(String id) {
		return builder(id).url(null).build();
	}

	/**
	 * Return a session that has been cancelled and is not gone yet, or whose deadline the
	 * server cannot tell: both look the same.
	 * @param id the session's id
	 * @return a session without an end of its timeout
	 */
	public static Session closing(String id) {
		return builder(id).timeoutEnd(null).build();
	}

	/**
	 * Start with a session that can be used: on an A10G, created at
	 * {@code 2026-01-01T00:00:00Z} for 15 minutes.
	 * @param id the session's id
	 * @return a builder
	 */
	public static Builder builder(String id) {
		Assert.hasText(id, "id must not be blank");
		return new Builder(id);
	}

	/**
	 * Builder of a {@link Session}.
	 */
	public static final class Builder {

		private final String id;

		private @Nullable String gpuEventId;

		private @Nullable String url;

		private @Nullable Gpu gpu = Gpu.A10G;

		private Instant createdAt = Instant.parse("2026-01-01T00:00:00Z");

		private Duration timeout = Duration.ofMinutes(15);

		private @Nullable Instant timeoutEnd;

		private boolean timeoutEndSet;

		private @Nullable String machineId = "00000000-0000-4000-8000-000000000001";

		private @Nullable String machineVersionId;

		private @Nullable String userId = "user_test";

		private @Nullable String orgId;

		private Builder(String id) {
			this.id = id;
			this.gpuEventId = "event-of-" + id;
			this.url = "https://" + id + ".example.com";
		}

		/**
		 * Set the id of the event that the session is billed by.
		 * @param gpuEventId the event's id
		 * @return this builder
		 */
		public Builder gpuEventId(@Nullable String gpuEventId) {
			this.gpuEventId = gpuEventId;
			return this;
		}

		/**
		 * Set where ComfyUI answers.
		 * @param url the url, or {@code null} for a session that is not ready
		 * @return this builder
		 */
		public Builder url(@Nullable String url) {
			this.url = url;
			return this;
		}

		/**
		 * Set the kind of GPU.
		 * @param gpu the GPU
		 * @return this builder
		 */
		public Builder gpu(@Nullable Gpu gpu) {
			this.gpu = gpu;
			return this;
		}

		/**
		 * Set when the session was created.
		 * @param createdAt the instant
		 * @return this builder
		 */
		public Builder createdAt(Instant createdAt) {
			this.createdAt = createdAt;
			return this;
		}

		/**
		 * Set the time granted.
		 * @param timeout the time
		 * @return this builder
		 */
		public Builder timeout(Duration timeout) {
			this.timeout = timeout;
			return this;
		}

		/**
		 * Set when the server ends the session. The default is the timeout after its
		 * creation.
		 * @param timeoutEnd the instant, or {@code null} for a session that is closing,
		 * or whose deadline the server cannot tell
		 * @return this builder
		 */
		public Builder timeoutEnd(@Nullable Instant timeoutEnd) {
			this.timeoutEnd = timeoutEnd;
			this.timeoutEndSet = true;
			return this;
		}

		/**
		 * Set the machine that the session was made from.
		 * @param machineId the machine's id, or {@code null} for a dynamic session
		 * @return this builder
		 */
		public Builder machineId(@Nullable String machineId) {
			this.machineId = machineId;
			return this;
		}

		/**
		 * Set the version of that machine.
		 * @param machineVersionId the version's id
		 * @return this builder
		 */
		public Builder machineVersionId(@Nullable String machineVersionId) {
			this.machineVersionId = machineVersionId;
			return this;
		}

		/**
		 * Set the user that the session belongs to.
		 * @param userId the user's id
		 * @return this builder
		 */
		public Builder userId(@Nullable String userId) {
			this.userId = userId;
			return this;
		}

		/**
		 * Set the organisation that the session belongs to.
		 * @param orgId the organisation's id
		 * @return this builder
		 */
		public Builder orgId(@Nullable String orgId) {
			this.orgId = orgId;
			return this;
		}

		/**
		 * Build the session.
		 * @return the session
		 */
		public Session build() {
			return new Session(this.id, this.gpuEventId, this.url, this.gpu, this.createdAt, this.timeout,
					this.timeoutEndSet ? this.timeoutEnd : this.createdAt.plus(this.timeout), this.machineId,
					this.machineVersionId, "running", this.userId, this.orgId);
		}

	}

}

package com.comfydeploy.comfyui;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ProgressTracker}.
 */
class ProgressTrackerTests {

	private final ProgressTracker tracker = new ProgressTracker(new Signal(), 1);

	/** The last message may be received after the end is known. */
	@Test
	void endThatWasNotReportedYetIsReportedOnce() {
		this.tracker.follow("p1");
		assertThat(this.tracker.poll()).isNull();
		this.tracker.message("{\"type\":\"executed\",\"data\":{\"prompt_id\":\"p1\",\"node\":\"1\"}}");
		ComfyUiProgress end = this.tracker.complete("p1");
		assertThat(end).isNotNull();
		assertThat(end.fraction()).isEqualTo(1);
		assertThat(this.tracker.poll()).isNull();
		assertThat(this.tracker.complete("p1")).isNull();
	}

}

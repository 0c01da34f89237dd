package com.comfydeploy.test;

import java.util.Arrays;

import org.springframework.util.Assert;

/**
 * Version of ComfyUI, and the features of it.
 */
record ComfyUiVersion(String text, int major, int minor, int patch) implements Comparable<ComfyUiVersion> {

	static ComfyUiVersion of(String text) {
		Assert.isTrue(text.matches("[0-9]{1,4}(\\.[0-9]{1,4}){2}"),
				() -> "A version must be like 0.33.0, but is '" + text + "'");
		int[] parts = Arrays.stream(text.split("\\.")).mapToInt(Integer::parseInt).toArray();
		return new ComfyUiVersion(text, parts[0], parts[1], parts[2]);
	}

	/** Return whether the client's own id is used. */
	boolean takesPromptId() {
		return isAtLeast("0.3.45");
	}

	/** Return whether an interrupt with an id does not affect other prompts. */
	boolean interruptsById() {
		return isAtLeast("0.3.57");
	}

	boolean hasProgressState() {
		return isAtLeast("0.3.45");
	}

	boolean hasJobs() {
		return isAtLeast("0.8.0");
	}

	/**
	 * Return whether ids are checked, times are kept, and unknown nodes have their own
	 * error.
	 */
	boolean isStrict() {
		return isAtLeast("0.8.0");
	}

	private boolean isAtLeast(String other) {
		return compareTo(of(other)) >= 0;
	}

	@Override
	public int compareTo(ComfyUiVersion other) {
		return Arrays.compare(new int[] { this.major, this.minor, this.patch },
				new int[] { other.major, other.minor, other.patch });
	}

	@Override
	public String toString() {
		return this.text;
	}

}

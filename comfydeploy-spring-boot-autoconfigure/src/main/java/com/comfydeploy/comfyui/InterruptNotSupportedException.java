package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * Thrown if a workflow cannot be interrupted safely: this version of ComfyUI would
 * interrupt any workflow that is running. No interrupt was sent.
 *
 * @see ComfyUi#interruptOnAnyVersion(String)
 */
public class InterruptNotSupportedException extends ComfyUiException {

	/**
	 * Create an exception.
	 * @param promptId the prompt's id
	 * @param version the version of ComfyUI, or {@code null} if it is not known
	 * @param operation the operation that failed
	 */
	InterruptNotSupportedException(String promptId, @Nullable String version, String operation) {
		super(operation + " failed: ComfyUI " + ((version != null) ? version : "of an unknown version")
				+ " could interrupt another prompt instead of " + promptId
				+ " (only 0.3.57 and later interrupt a given prompt). No interrupt was sent. To send it anyway, call "
				+ "interruptOnAnyVersion(promptId)", null, operation, 0, false, promptId);
	}

}

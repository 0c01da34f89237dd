package com.comfydeploy.comfyui;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Version, memory and devices of a ComfyUI.
 *
 * @param version the version of ComfyUI, such as {@code 0.33.0}; {@code null} if it is
 * not known
 * @param pythonVersion the version of Python, or {@code null}
 * @param pytorchVersion the version of PyTorch, or {@code null}
 * @param os the operating system, or {@code null}
 * @param ramTotal the memory in bytes, or {@code null}
 * @param ramFree the free memory in bytes, or {@code null}
 * @param devices the devices that ComfyUI computes on; immutable
 * @see ComfyUi#stats()
 */
public record ComfyUiStats(@Nullable String version, @Nullable String pythonVersion, @Nullable String pytorchVersion,
		@Nullable String os, @Nullable Long ramTotal, @Nullable Long ramFree, List<Device> devices) {

	/**
	 * Device of a ComfyUI: a GPU, or the CPU.
	 *
	 * @param name the name, or {@code null}
	 * @param type the type, such as {@code cuda} or {@code cpu}, or {@code null}
	 * @param index the index among the devices of this type, or {@code null}
	 * @param vramTotal the memory in bytes, or {@code null}
	 * @param vramFree the free memory in bytes, or {@code null}
	 */
	public record Device(@Nullable String name, @Nullable String type, @Nullable Integer index,
			@Nullable Long vramTotal, @Nullable Long vramFree) {

	}

}

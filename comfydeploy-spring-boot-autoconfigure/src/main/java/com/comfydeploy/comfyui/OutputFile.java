package com.comfydeploy.comfyui;

/**
 * A file that a workflow has made: a picture, a video, a sound.
 *
 * @param nodeId the node that made it
 * @param key what the node calls it: {@code images} (also for videos), {@code gifs},
 * {@code audio} or something else
 * @param filename its name
 * @param subfolder the folder below, empty for none
 * @param type the folder: {@code output}, or {@code temp} for a preview, which is gone
 * when ComfyUI starts again
 * @see ComfyUi#read(OutputFile)
 */
public record OutputFile(String nodeId, String key, String filename, String subfolder, String type) {

	/**
	 * Return whether the file is a preview and not saved.
	 * @return whether its type is {@code temp}
	 */
	public boolean isTemporary() {
		return "temp".equals(this.type);
	}

}

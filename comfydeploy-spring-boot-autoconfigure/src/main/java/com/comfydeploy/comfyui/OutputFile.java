package com.comfydeploy.comfyui;

/**
 * Output file of a workflow: a picture, a video or an audio file.
 *
 * @param nodeId the id of the node
 * @param key the key under which the node lists the file: {@code images} (also for
 * videos), {@code gifs}, {@code audio} or something else
 * @param filename its name on the machine. A custom node can choose any name: do not use
 * it as a path on another computer
 * @param subfolder the subfolder, empty for none
 * @param type the folder: {@code output}, or {@code temp} for a preview, which is deleted
 * when ComfyUI restarts
 * @see ComfyUi#read(OutputFile)
 */
public record OutputFile(String nodeId, String key, String filename, String subfolder, String type) {

	/**
	 * Return whether the file is a preview, and not a saved file.
	 * @return whether its type is {@code temp}
	 */
	public boolean isTemporary() {
		return "temp".equals(this.type);
	}

}

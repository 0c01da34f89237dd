package com.comfydeploy.comfyui;

/**
 * Uploaded file, with the name that ComfyUI gave it. It can be the value of an input,
 * such as that of {@code LoadImage}.
 *
 * @param name the file's name
 * @param subfolder the subfolder, empty for none
 * @param type the folder: {@code input}
 * @see Workflow#input(String, String, Object)
 */
public record UploadedFile(String name, String subfolder, String type) {

	/**
	 * Return the value for an input that takes a file.
	 * @return the name, with its subfolder where there is one
	 */
	public String inputValue() {
		return this.subfolder.isEmpty() ? this.name : this.subfolder + "/" + this.name;
	}

}

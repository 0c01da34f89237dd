package com.comfydeploy.test;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

/**
 * Files of a ComfyUI, uploaded or rendered.
 */
final class ComfyUiFiles {

	static final String INPUT = "input";

	static final String OUTPUT = "output";

	static final String TEMP = "temp";

	static final String OUTSIDE_OUTPUT_FOLDER = "**** ERROR: Saving image outside the output folder is not allowed.";

	private final Map<Name, Supplier<byte[]>> files = new LinkedHashMap<>();

	/** Number of pictures that were saved, by prefix. */
	private final Map<String, Integer> counts = new HashMap<>();

	synchronized Map<Name, Supplier<byte[]>> list() {
		return new LinkedHashMap<>(this.files);
	}

	synchronized byte @Nullable [] read(Name name) {
		Supplier<byte[]> file = this.files.get(name);
		return (file != null) ? file.get() : null;
	}

	/**
	 * Return whether a picture with this prefix is saved below the output folder.
	 */
	static boolean isInOutputFolder(String prefix) {
		String path = StringUtils.cleanPath(OUTPUT + "/" + prefix);
		return !prefix.startsWith("/") && path.startsWith(OUTPUT + "/");
	}

	/**
	 * Save a picture. Its name follows from the prefix: {@code a/b/x} becomes
	 * {@code x_00001_.png} in {@code a/b}.
	 */
	synchronized Name save(String type, String prefix, Supplier<byte[]> content) {
		int slash = prefix.lastIndexOf('/');
		String subfolder = (slash < 0) ? "" : prefix.substring(0, slash);
		int count = this.counts.merge(type + "/" + prefix, 1, Integer::sum);
		Name name = new Name("%s_%05d_.png".formatted(prefix.substring(slash + 1), count), subfolder, type);
		this.files.put(name, content);
		return name;
	}

	/**
	 * Save an uploaded file. Different content under the same name gets another name.
	 */
	synchronized Name upload(Name wanted, byte[] content, boolean overwrite) {
		Name name = wanted;
		for (int i = 1; !overwrite && this.files.containsKey(name)
				&& !Arrays.equals(this.files.get(name).get(), content); i++) {
			int dot = wanted.filename().lastIndexOf('.');
			String stem = (dot < 0) ? wanted.filename() : wanted.filename().substring(0, dot);
			String extension = (dot < 0) ? "" : wanted.filename().substring(dot);
			name = new Name(stem + " (" + i + ")" + extension, wanted.subfolder(), wanted.type());
		}
		this.files.put(name, () -> content);
		return name;
	}

	synchronized boolean contains(Name name) {
		return this.files.containsKey(name);
	}

	/** Delete the files of a type. Their names are used again. */
	synchronized void delete(String type) {
		this.files.keySet().removeIf((name) -> name.type().equals(type));
		this.counts.keySet().removeIf((key) -> key.startsWith(type + "/"));
	}

	/**
	 * Name of a file.
	 *
	 * @param filename the name in its folder
	 * @param subfolder the folder, empty for the first one
	 * @param type {@code input}, {@code output} or {@code temp}
	 */
	record Name(String filename, String subfolder, String type) {

		Map<String, @Nullable Object> toJson() {
			Map<String, @Nullable Object> json = new LinkedHashMap<>();
			json.put("filename", this.filename);
			json.put("subfolder", this.subfolder);
			json.put("type", this.type);
			return json;
		}

	}

}

package com.comfydeploy.comfyui;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

import org.springframework.util.StringUtils;

/**
 * Creates names of files from their content, so that an upload can be repeated.
 */
final class UploadName {

	private static final int MAX_STEM = 60;

	private static final int MAX_EXTENSION = 20;

	private static final int DIGEST_BYTES = 12;

	private UploadName() {
	}

	/**
	 * Return the name of a file.
	 * @param name the beginning of the name, and its extension
	 */
	static String of(String name, byte[] content) {
		String filename = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
			.replaceAll("[^A-Za-z0-9._-]", "_");
		String extension = StringUtils.getFilenameExtension(filename);
		if (extension != null && extension.length() > MAX_EXTENSION) {
			extension = null;
		}
		String stem = (extension != null) ? filename.substring(0, filename.length() - extension.length() - 1)
				: filename;
		stem = stem.replaceAll("^[.]+", "");
		String shortened = (stem.length() > MAX_STEM) ? stem.substring(0, MAX_STEM) : stem;
		return (shortened.isEmpty() ? "file" : shortened) + "-" + digest(content)
				+ (StringUtils.hasLength(extension) ? "." + extension : "");
	}

	private static String digest(byte[] content) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
			return HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}

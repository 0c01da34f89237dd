package com.comfydeploy.test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Parts of a {@code multipart/form-data} body.
 */
final class MultipartBody {

	private static final Pattern BOUNDARY = Pattern.compile("multipart/form-data;.*boundary=\"?([^\";]+)\"?.*");

	private static final Pattern NAME = Pattern.compile("[ ;]name=\"([^\"]*)\"");

	private static final Pattern FILENAME = Pattern.compile("[ ;]filename=\"([^\"]*)\"");

	private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

	private final Map<String, Part> parts = new LinkedHashMap<>();

	private MultipartBody() {
	}

	/**
	 * Read a body.
	 * @return its parts, or {@code null} if it is not a multipart body
	 */
	static @Nullable MultipartBody read(String contentType, byte[] body) {
		Matcher boundary = BOUNDARY.matcher(contentType);
		if (!boundary.matches()) {
			return null;
		}
		byte[] delimiter = ("--" + boundary.group(1)).getBytes(StandardCharsets.US_ASCII);
		MultipartBody multipart = new MultipartBody();
		int start = indexOf(body, delimiter, 0);
		while (start >= 0) {
			int from = start + delimiter.length + 2;
			int end = indexOf(body, delimiter, from);
			if (end >= 0) {
				multipart.add(body, from, end - 2);
			}
			start = end;
		}
		return multipart;
	}

	private void add(byte[] body, int from, int to) {
		int content = indexOf(body, END_OF_HEAD, from);
		if (content < 0 || content + END_OF_HEAD.length > to) {
			return;
		}
		String head = new String(body, from, content - from, StandardCharsets.UTF_8);
		Matcher name = NAME.matcher(head);
		if (name.find()) {
			Matcher filename = FILENAME.matcher(head);
			this.parts.put(name.group(1), new Part(filename.find() ? filename.group(1) : null,
					Arrays.copyOfRange(body, content + END_OF_HEAD.length, to)));
		}
	}

	private static int indexOf(byte[] bytes, byte[] wanted, int from) {
		for (int i = from; i <= bytes.length - wanted.length; i++) {
			if (bytes[i] == wanted[0] && Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
				return i;
			}
		}
		return -1;
	}

	@Nullable Part file(String name) {
		Part part = this.parts.get(name);
		return (part != null && part.filename() != null) ? part : null;
	}

	String text(String name, String otherwise) {
		Part part = this.parts.get(name);
		return (part != null) ? new String(part.content(), StandardCharsets.UTF_8) : otherwise;
	}

	/**
	 * Part of the body.
	 *
	 * @param filename the name of a file, or {@code null} for another field
	 * @param content the content
	 */
	record Part(@Nullable String filename, byte[] content) {

	}

}

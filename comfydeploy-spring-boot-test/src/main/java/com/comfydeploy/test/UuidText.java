package com.comfydeploy.test;

import java.util.Locale;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * A UUID in any of the forms that Pydantic takes: with hyphens or without, in braces or
 * as a URN.
 */
final class UuidText {

	private static final String URN = "urn:uuid:";

	private static final int[] GROUPS = { 8, 4, 4, 4, 12 };

	private UuidText() {
	}

	/**
	 * Return the usual form, in lower case. The argument must not have a
	 * {@linkplain #problem(String) problem}.
	 */
	static String normalize(String text) {
		String digits = text.substring(prefix(text)).replaceAll("[-}]", "");
		return digits.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5").toLowerCase(Locale.ROOT);
	}

	/**
	 * Return what Pydantic finds wrong, or {@code null}.
	 */
	static @Nullable String problem(String text) {
		int prefix = prefix(text);
		String uuid = text.substring(prefix, text.length() - ((text.startsWith("{") && prefix == 1) ? 1 : 0));
		for (int i = 0; i < uuid.length(); i++) {
			if ("0123456789abcdefABCDEF-".indexOf(uuid.charAt(i)) < 0) {
				return "invalid character: found `" + Character.toString(uuid.codePointAt(i)) + "` at "
						+ (prefix + i + 1);
			}
		}
		String[] groups = uuid.split("-", -1);
		if (groups.length == 1 && prefix == 0) {
			return (uuid.length() == 32) ? null
					: "invalid length: expected length 32 for simple format, found " + uuid.length();
		}
		if (groups.length != GROUPS.length) {
			return "invalid group count: expected 5, found " + groups.length;
		}
		for (int i = 0; i < groups.length; i++) {
			if (groups[i].length() != GROUPS[i]) {
				return "invalid group length in group " + i + ": expected " + GROUPS[i] + ", found "
						+ groups[i].length();
			}
		}
		return null;
	}

	/**
	 * Whether the text is a UUID in its usual form, in either case.
	 */
	static boolean isUsual(String text) {
		try {
			return UUID.fromString(text).toString().equalsIgnoreCase(text);
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	private static int prefix(String text) {
		if (text.startsWith(URN)) {
			return URN.length();
		}
		return (text.length() > 1 && text.startsWith("{") && text.endsWith("}")) ? 1 : 0;
	}

}

package com.comfydeploy.internal;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Rules of headers.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110.html#section-5">RFC 9110, 5.
 * Fields</a>
 */
public final class HeaderRules {

	private static final String NAME_PUNCTUATION = "!#$%&'*+-.^_`|~";

	private static final Pattern VALUE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]*");

	private static final Pattern VISIBLE_ASCII = Pattern.compile("[\\x21-\\x7e]+");

	private static final Set<String> RESERVED = Set.of("connection", "content-length", "expect", "host", "keep-alive",
			"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");

	private HeaderRules() {
	}

	/**
	 * Return whether a text can be the name of a header.
	 * @param name the text
	 * @return whether it is a token
	 */
	public static boolean isName(String name) {
		// Without a regular expression: it would cost more memory than the header
		for (int i = 0; i < name.length(); i++) {
			char c = name.charAt(i);
			boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
			if (!letterOrDigit && NAME_PUNCTUATION.indexOf(c) < 0) {
				return false;
			}
		}
		return !name.isEmpty();
	}

	/**
	 * Return whether a text can be the value of a header.
	 * @param value the text
	 * @return whether it is Latin-1 without control characters, except for tabs
	 */
	public static boolean isValue(String value) {
		return VALUE.matcher(value).matches();
	}

	/**
	 * Return whether the transport writes a header, because it frames the message or
	 * belongs to the connection.
	 * @param name the name of the header, in upper or lower case
	 * @return whether nobody else may set it
	 */
	public static boolean isReserved(String name) {
		return RESERVED.contains(name.toLowerCase(Locale.ROOT));
	}

	/**
	 * Return whether a text has visible ASCII characters only, as a token must.
	 * @param text the text
	 * @return whether it is so, and not empty
	 */
	public static boolean isVisibleAscii(String text) {
		return VISIBLE_ASCII.matcher(text).matches();
	}

}

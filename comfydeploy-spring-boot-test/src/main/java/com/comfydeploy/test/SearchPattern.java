package com.comfydeploy.test;

import java.util.regex.Pattern;

/**
 * Pattern of PostgreSQL's ILIKE for a part of a text: {@code %} matches any text,
 * {@code _} any character, and a backslash escapes the next character.
 */
final class SearchPattern {

	private SearchPattern() {
	}

	static boolean matches(String part, String text) {
		StringBuilder regex = new StringBuilder(".*");
		for (int i = 0; i < part.length(); i++) {
			char character = part.charAt(i);
			if (character == '%') {
				regex.append(".*");
			}
			else if (character == '_') {
				regex.append('.');
			}
			else {
				boolean escape = character == '\\' && i + 1 < part.length();
				regex.append(Pattern.quote(String.valueOf(escape ? part.charAt(++i) : character)));
			}
		}
		return Pattern
			.compile(regex.append(".*").toString(), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL)
			.matcher(text)
			.matches();
	}

}

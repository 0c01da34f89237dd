package com.comfydeploy.test;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Reads JSON as Python's {@code json} does: what it cannot read it reports with the same
 * words, at the same position.
 */
final class JsonReader {

	private static final Pattern NUMBER = Pattern.compile("(-?(?:0|[1-9][0-9]*))(\\.[0-9]+)?([eE][-+]?[0-9]+)?");

	private static final String ESCAPES = "\"\\/bfnrt";

	private static final String ESCAPED = "\"\\/\b\f\n\r\t";

	private final String text;

	private int at;

	private JsonReader(String text) {
		this.text = text;
	}

	static @Nullable Object read(String text) {
		JsonReader reader = new JsonReader(text);
		reader.skipBlanks();
		Object value = reader.value();
		reader.skipBlanks();
		if (reader.at < text.length()) {
			throw reader.malformed("Extra data", reader.at);
		}
		return value;
	}

	private @Nullable Object value() {
		if (next('"')) {
			return string();
		}
		if (next('{')) {
			return object();
		}
		if (next('[')) {
			return array();
		}
		if (word("null")) {
			return null;
		}
		if (word("true")) {
			return true;
		}
		if (word("false")) {
			return false;
		}
		return number();
	}

	private Number number() {
		Matcher number = NUMBER.matcher(this.text).region(this.at, this.text.length());
		if (!number.lookingAt()) {
			throw malformed("Expecting value", this.at);
		}
		this.at = number.end();
		if (number.group(2) != null || number.group(3) != null) {
			return Double.valueOf(number.group());
		}
		BigInteger integer = new BigInteger(number.group());
		return (integer.bitLength() < Long.SIZE) ? (Number) integer.longValue() : integer;
	}

	private Map<String, @Nullable Object> object() {
		Map<String, @Nullable Object> object = new LinkedHashMap<>();
		skipBlanks();
		if (next('}')) {
			return object;
		}
		do {
			skipBlanks();
			if (!next('"')) {
				throw malformed("Expecting property name enclosed in double quotes", this.at);
			}
			String name = string();
			skipBlanks();
			expect(':');
			skipBlanks();
			object.put(name, value());
			skipBlanks();
		}
		while (!next('}') && expect(','));
		return object;
	}

	private List<@Nullable Object> array() {
		List<@Nullable Object> array = new ArrayList<>();
		skipBlanks();
		if (next(']')) {
			return array;
		}
		do {
			skipBlanks();
			array.add(value());
			skipBlanks();
		}
		while (!next(']') && expect(','));
		return array;
	}

	private String string() {
		int start = this.at - 1;
		StringBuilder string = new StringBuilder();
		while (this.at < this.text.length()) {
			char character = this.text.charAt(this.at++);
			if (character == '"') {
				return string.toString();
			}
			if (character < ' ') {
				throw malformed("Invalid control character at", this.at - 1);
			}
			if (character == '\\' && this.at < this.text.length()) {
				character = escaped();
			}
			string.append(character);
		}
		throw malformed("Unterminated string starting at", start);
	}

	private char escaped() {
		char character = this.text.charAt(this.at++);
		if (character == 'u') {
			String hex = this.text.substring(this.at, Math.min(this.at + 4, this.text.length()));
			if (!hex.matches("[0-9a-fA-F]{4}")) {
				throw malformed("Invalid \\uXXXX escape", this.at - 1);
			}
			this.at += 4;
			return (char) Integer.parseInt(hex, 16);
		}
		int index = ESCAPES.indexOf(character);
		if (index < 0) {
			throw malformed("Invalid \\escape", this.at - 2);
		}
		return ESCAPED.charAt(index);
	}

	private boolean word(String word) {
		boolean found = this.text.startsWith(word, this.at);
		this.at += found ? word.length() : 0;
		return found;
	}

	private boolean next(char character) {
		return word(String.valueOf(character));
	}

	private boolean expect(char character) {
		if (!next(character)) {
			throw malformed("Expecting '" + character + "' delimiter", this.at);
		}
		return true;
	}

	private void skipBlanks() {
		while (this.at < this.text.length() && " \t\n\r".indexOf(this.text.charAt(this.at)) >= 0) {
			this.at++;
		}
	}

	private MalformedJsonException malformed(String message, int index) {
		return new MalformedJsonException(message, this.text.codePointCount(0, index));
	}

	/**
	 * Failure to read text that is not JSON.
	 */
	@SuppressWarnings("serial")
	static final class MalformedJsonException extends RuntimeException {

		private final String problem;

		private final int position;

		MalformedJsonException(String problem, int position) {
			super(problem + " at " + position);
			this.problem = problem;
			this.position = position;
		}

		String problem() {
			return this.problem;
		}

		int position() {
			return this.position;
		}

	}

}

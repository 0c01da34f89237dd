package com.comfydeploy.examples;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Extracts the prose from a file: everything else is replaced by spaces, so that lines
 * and columns do not change.
 */
final class Prose {

	/** String literals, comments and character literals of Java, in this order. */
	private static final Pattern JAVA = Pattern.compile(
			"(\"\"\"(?s:.*?)\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*+\")|(/\\*(?s:.*?)\\*/|//[^\\n]*+)|'(?:\\\\.|[^'\\\\])+'");

	/** A message has several words; other strings are names or values. */
	private static final Pattern SENTENCE = Pattern.compile("[a-z']{2,} [a-z']+ [a-z']{2,}");

	private static final Pattern JAVA_NAMES = Pattern.compile("(?s)\\{@(?:code|value)\\s[^}]*\\}"
			+ "|\\{@(?:link|linkplain)\\s+\\S+?(?=[\\s}])|@(?:param|throws|see)\\s+[^\\s<]+|<pre>.*?</pre>|\\\\[a-z]");

	private static final Pattern MARKDOWN_NAMES = Pattern
		.compile("(?ms)^ *```.*?^ *```|``.*?``|`[^`]*`|(?<=\\])\\([^)]*\\)");

	private static final Pattern HTML_NAMES = Pattern.compile("(?s)<(script|style|code|kbd)\\b.*?</\\1>");

	private static final Pattern TAGS_AND_ADDRESSES = Pattern
		.compile("(?s)<!--|-->|<[!/]?[a-zA-Z][^<>]*>|&\\w+;|\\b[a-z]+://[^\\s\"')>]+");

	private static final Pattern DESCRIPTION = Pattern.compile("\"(?:description|reason)\": \"([^\"]*)\"");

	private Prose() {
	}

	static String of(RepositoryFile file) {
		String path = file.path();
		String content = file.content();
		if (path.endsWith(".java")) {
			content = blank(JAVA_NAMES, java(content, path.contains("/src/main/")));
		}
		else if (path.endsWith(".md")) {
			content = blank(MARKDOWN_NAMES, content);
		}
		else if (path.endsWith(".html")) {
			content = blank(HTML_NAMES, content);
		}
		else if (path.endsWith(".json")) {
			content = keep(DESCRIPTION, content);
		}
		return blank(TAGS_AND_ADDRESSES, content);
	}

	private static String java(String source, boolean withMessages) {
		StringBuilder prose = new StringBuilder(spaces(source));
		Matcher matcher = JAVA.matcher(source);
		while (matcher.find()) {
			boolean message = matcher.group(1) != null && withMessages && SENTENCE.matcher(matcher.group(1)).find();
			if (message || matcher.group(2) != null) {
				prose.replace(matcher.start(), matcher.end(), matcher.group());
			}
		}
		return prose.toString();
	}

	private static String keep(Pattern pattern, String text) {
		StringBuilder kept = new StringBuilder(spaces(text));
		pattern.matcher(text).results().forEach((match) -> kept.replace(match.start(1), match.end(1), match.group(1)));
		return kept.toString();
	}

	private static String blank(Pattern pattern, String text) {
		return pattern.matcher(text).replaceAll((match) -> spaces(match.group()));
	}

	private static String spaces(String text) {
		return text.replaceAll("[^\\n]", " ");
	}

}

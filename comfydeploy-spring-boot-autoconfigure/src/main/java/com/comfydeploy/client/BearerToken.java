package com.comfydeploy.client;

import java.util.Arrays;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

import com.comfydeploy.internal.HeaderRules;
import com.comfydeploy.internal.http.TransportException;

/**
 * A token, which appears only in the {@code Authorization} header.
 */
final class BearerToken {

	static final String MASK = "******";

	private static final int SHORTEST_SECRET = 8;

	private static final Pattern PLAIN_WORD = Pattern.compile("[A-Za-z]{1,5}");

	private final String value;

	private final String authorization;

	private volatile @Nullable Pattern pattern;

	private BearerToken(String value) {
		this.value = value;
		this.authorization = "Bearer " + value;
	}

	/**
	 * Create a token.
	 * @throws IllegalStateException if it is blank or has characters other than visible
	 * ASCII; the message does not show it
	 */
	static BearerToken of(@Nullable String value) {
		if (!StringUtils.hasText(value)) {
			throw new IllegalStateException(
					"There is no ComfyDeploy token: set 'comfydeploy.bearer' or let the BearerTokenProvider return one");
		}
		if (!HeaderRules.isVisibleAscii(value)) {
			throw new IllegalStateException("The ComfyDeploy token has characters other than visible ASCII, "
					+ "such as a space or a line break");
		}
		return new BearerToken(value);
	}

	/**
	 * Return whether this token has that value.
	 */
	boolean matches(@Nullable String value) {
		return this.value.equals(value);
	}

	String authorization() {
		return this.authorization;
	}

	/**
	 * Mask this token in a text of the server, even if the token is escaped for JSON. A
	 * token of less than 8 characters is masked only as a whole word. A word of up to 5
	 * letters is not masked: otherwise, the token {@code token} would make responses
	 * unreadable.
	 */
	String mask(String text) {
		return PLAIN_WORD.matcher(this.value).matches() ? text : pattern().matcher(text).replaceAll(MASK);
	}

	private Pattern pattern() {
		Pattern pattern = this.pattern;
		if (pattern == null) {
			pattern = compile();
			this.pattern = pattern;
		}
		return pattern;
	}

	private Pattern compile() {
		StringBuilder pattern = new StringBuilder();
		this.value.chars().forEach((c) -> {
			pattern.append((c == '"' || c == '\\' || c == '/') ? "(?:\\\\?" : "(?:");
			pattern.append(Pattern.quote(Character.toString(c)));
			pattern.append(String.format("|\\\\u(?i:%04x))", c));
		});
		return Pattern.compile((this.value.length() < SHORTEST_SECRET)
				? "(?<![A-Za-z0-9])" + pattern + "(?![A-Za-z0-9])" : pattern.toString());
	}

	/**
	 * Return the failure. If it contains this token, return a copy with the token masked,
	 * and without the cause: HttpCore may quote a malformed response.
	 */
	TransportException mask(TransportException failure) {
		return isContainedIn(failure) ? new TransportException(mask(String.valueOf(failure.getMessage())), null,
				failure.getReason(), failure.isSent()) : failure;
	}

	private boolean isContainedIn(@Nullable Throwable failure) {
		if (failure == null) {
			return false;
		}
		String text = failure.toString();
		return !mask(text).equals(text) || isContainedIn(failure.getCause())
				|| Arrays.stream(failure.getSuppressed()).anyMatch(this::isContainedIn);
	}

	@Override
	public String toString() {
		return MASK;
	}

}

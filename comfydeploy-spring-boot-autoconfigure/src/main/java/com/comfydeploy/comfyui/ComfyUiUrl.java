package com.comfydeploy.comfyui;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;
import org.springframework.web.util.UriUtils;

/**
 * URL of a session, which is masked everywhere because it gives access to the machine.
 */
final class ComfyUiUrl {

	private static final String MASK = "***";

	private final String base;

	/** The URL, its host or its path. */
	private final Pattern secrets;

	private ComfyUiUrl(String base, String host, @Nullable String rawPath) {
		this.base = base;
		String path = StringUtils.trimTrailingCharacter((rawPath != null) ? rawPath : "", '/');
		this.secrets = Pattern.compile(Stream.of(base, host, path)
			.filter((secret) -> secret.length() > 1)
			.map(Pattern::quote)
			.collect(Collectors.joining("|")), Pattern.CASE_INSENSITIVE);
	}

	/**
	 * Parse a URL.
	 * @throws IllegalArgumentException if it cannot be the URL of a ComfyUI; the message
	 * does not contain it
	 */
	static ComfyUiUrl of(String url) {
		URI uri = parse(url);
		boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
		if (!http || uri.getHost() == null) {
			throw new IllegalArgumentException("URL must be the http or https URL of a session");
		}
		if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
			throw new IllegalArgumentException("URL must have no user info, query or fragment");
		}
		String rest = url.trim().substring(uri.getScheme().length());
		return new ComfyUiUrl(uri.getScheme().toLowerCase(Locale.ROOT) + StringUtils.trimTrailingCharacter(rest, '/'),
				uri.getHost(), uri.getRawPath());
	}

	private static URI parse(@Nullable String url) {
		try {
			if (StringUtils.hasText(url)) {
				return URI.create(url.trim());
			}
		}
		catch (IllegalArgumentException ex) {
			// The message quotes the URL
		}
		throw new IllegalArgumentException("URL must be the http or https URL of a session");
	}

	/**
	 * Return the URL of a path below.
	 * @param path the path, whose variable parts are {@linkplain #segment encoded}
	 */
	URI resolve(String path) {
		return URI.create(this.base + path);
	}

	/**
	 * Return the URL of the WebSocket of a client.
	 */
	URI socket(String clientId) {
		return URI.create("ws" + this.base.substring("http".length()) + "/ws?clientId=" + clientId);
	}

	/**
	 * Encode text as one segment of a path, or as the value of a parameter.
	 */
	static String segment(String text) {
		return UriUtils.encode(text, StandardCharsets.UTF_8);
	}

	/**
	 * Mask the URL, its host and its path in a message, in upper or lower case. Bodies of
	 * responses quote the path.
	 */
	String mask(String message) {
		return this.secrets.matcher(message).replaceAll(MASK);
	}

	@Override
	public String toString() {
		return MASK;
	}

}

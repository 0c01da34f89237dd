package com.comfydeploy.internal;

import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * The host of a session's URL, for texts that end up in logs: the whole URL is a key to
 * the machine, without a password.
 */
public final class UrlHost {

	private static final String MASK = "******";

	private UrlHost() {
	}

	/**
	 * Return the host of a URL.
	 * @param url the URL, or {@code null}
	 * @return the host, {@code null} for {@code null}, or a mask if there is none
	 */
	public static @Nullable String of(@Nullable String url) {
		if (url == null) {
			return null;
		}
		try {
			String host = URI.create(url).getHost();
			return (host != null) ? host : MASK;
		}
		catch (IllegalArgumentException ex) {
			return MASK;
		}
	}

}

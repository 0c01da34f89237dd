package com.comfydeploy.session;

import java.net.URI;

import org.jspecify.annotations.Nullable;

/**
 * The host of a session's url, for texts that end up in logs: the whole url is a key to
 * the machine, without a password.
 */
final class UrlHost {

	private static final String MASK = "******";

	private UrlHost() {
	}

	static @Nullable String of(@Nullable String url) {
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

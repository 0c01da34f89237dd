package com.comfydeploy.client;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Locale;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * The URL of the server, without a trailing slash.
 */
final class BaseUrl {

	private static final Log logger = LogFactory.getLog(BaseUrl.class);

	private final URI uri;

	private BaseUrl(URI uri) {
		this.uri = uri;
	}

	/**
	 * Parse a URL.
	 * @throws IllegalArgumentException if it is not an absolute HTTP or HTTPS URL without
	 * user info, query or fragment; the message does not contain the URL, which may
	 * include a password
	 */
	static BaseUrl parse(@Nullable String url) {
		URI uri;
		try {
			uri = new URI((url != null) ? url.trim() : "");
		}
		catch (URISyntaxException ex) {
			throw new IllegalArgumentException(
					"baseUrl must be a URL, but has an invalid character at index " + ex.getIndex());
		}
		Assert.isTrue("http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme()),
				"baseUrl must begin with http:// or https://");
		Assert.isTrue(
				uri.getRawUserInfo() == null && (uri.getRawAuthority() == null || !uri.getRawAuthority().contains("@")),
				"baseUrl must not have user info");
		Assert.isTrue(uri.getHost() != null, "baseUrl must have a valid host");
		Assert.isTrue(uri.getPort() >= -1 && uri.getPort() <= 65535 && uri.getPort() != 0,
				"baseUrl must have a valid port");
		Assert.isTrue(uri.getRawQuery() == null, "baseUrl must not have a query");
		Assert.isTrue(uri.getRawFragment() == null, "baseUrl must not have a fragment");
		return new BaseUrl(URI.create(uri.toString().replaceAll("/+$", "")));
	}

	/**
	 * Log a warning if the token would be sent unencrypted to another host.
	 */
	void warnIfInsecure() {
		if ("http".equalsIgnoreCase(this.uri.getScheme()) && !isLoopback()) {
			logger.warn("The ComfyDeploy token is sent unencrypted to " + this.uri.getHost()
					+ ": use https in 'comfydeploy.base-url'");
		}
	}

	private boolean isLoopback() {
		String host = this.uri.getHost().toLowerCase(Locale.ROOT);
		if (host.equals("localhost") || host.endsWith(".localhost")) {
			return true;
		}
		try {
			// Only literals, because the start of an application must not look up a name
			return (host.startsWith("[") || host.matches("[0-9.]+")) && InetAddress.getByName(host).isLoopbackAddress();
		}
		catch (UnknownHostException ex) {
			return false;
		}
	}

	@Override
	public String toString() {
		return this.uri.toString();
	}

}

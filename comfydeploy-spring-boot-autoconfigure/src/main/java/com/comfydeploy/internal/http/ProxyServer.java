package com.comfydeploy.internal.http;

import java.net.Authenticator;
import java.net.Authenticator.RequestorType;
import java.net.PasswordAuthentication;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;

import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * A proxy.
 *
 * @param host the host
 * @param port the port
 * @param authorization the value of {@code Proxy-Authorization}, or {@code null}
 */
record ProxyServer(String host, int port, @Nullable String authorization) {

	/**
	 * Return this proxy with the user and password of the JVM's {@link Authenticator}.
	 * @param response a response with status 407
	 * @return the proxy, or {@code null} if there is no password, or the proxy does not
	 * accept Basic authentication
	 */
	@Nullable ProxyServer authenticate(HttpResponse response) {
		String challenge = Arrays.stream(response.getHeaders(HttpHeaders.PROXY_AUTHENTICATE))
			.map(Header::getValue)
			.filter((value) -> value.toLowerCase(Locale.ROOT).startsWith("basic"))
			.findFirst()
			.orElse(null);
		if (challenge == null) {
			return null;
		}
		String realm = challenge.replaceFirst("(?i)^.*realm=\"?([^\"]*)\"?.*$", "$1");
		PasswordAuthentication password = Authenticator.requestPasswordAuthentication(this.host, null, this.port,
				"http", realm, "Basic", null, RequestorType.PROXY);
		if (password == null) {
			return null;
		}
		String user = password.getUserName() + ":" + new String(password.getPassword());
		return new ProxyServer(this.host, this.port,
				"Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
	}

	/**
	 * Return host and port.
	 */
	@Override
	public String toString() {
		return this.host + ":" + this.port;
	}

}

package com.comfydeploy.internal.http;

import java.net.URI;

/**
 * The server at the end of a connection.
 *
 * @param secure whether TLS is used
 * @param host the name or address of the host, without brackets
 * @param port the port
 */
record Route(boolean secure, String host, int port) {

	static Route of(URI uri) {
		boolean secure = "https".equalsIgnoreCase(uri.getScheme());
		String host = uri.getHost();
		if ((!secure && !"http".equalsIgnoreCase(uri.getScheme())) || host == null || uri.getRawUserInfo() != null) {
			throw new IllegalArgumentException("The URI must be http or https, with a host and no user info");
		}
		int port = (uri.getPort() >= 0) ? uri.getPort() : (secure ? 443 : 80);
		return new Route(secure, host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port);
	}

	/**
	 * Return the value of the {@code Host} header.
	 */
	String hostHeader() {
		return (this.port == (this.secure ? 443 : 80)) ? bracketed() : authority();
	}

	/**
	 * Return host and port, as required for CONNECT.
	 */
	String authority() {
		return bracketed() + ":" + this.port;
	}

	private String bracketed() {
		return this.host.contains(":") ? "[" + this.host + "]" : this.host;
	}

}

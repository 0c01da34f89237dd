package com.comfydeploy.internal.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportException.Reason;

/**
 * Opens connections: name lookup, each address in turn, a proxy's CONNECT and the TLS
 * handshake. Sends nothing of a request.
 */
final class Connector {

	private final HostLookup lookup;

	private final @Nullable SSLContext sslContext;

	private final @Nullable SSLParameters tlsParameters;

	/** Proxies with the credentials that they require, by host and port. */
	private final Map<String, ProxyServer> authenticated = new ConcurrentHashMap<>();

	/**
	 * Create a connector.
	 * @param sslContext shared by all connections, so that TLS sessions are resumed
	 */
	Connector(HostLookup lookup, @Nullable SSLContext sslContext, @Nullable SSLParameters tlsParameters) {
		this.lookup = lookup;
		this.sslContext = sslContext;
		this.tlsParameters = tlsParameters;
	}

	/**
	 * Connect through the first proxy for that URI that can be reached, or directly.
	 */
	HttpConnection connect(URI uri, Route route, Exchange exchange) throws IOException, HttpException {
		ProxySelector selector = ProxySelector.getDefault();
		List<Proxy> proxies = (selector != null) ? select(selector, uri) : List.of();
		IOException failure = null;
		int others = proxies.size();
		for (Proxy proxy : proxies) {
			others--;
			if (proxy.type() != Proxy.Type.HTTP) {
				return connectDirectly(route, exchange);
			}
			InetSocketAddress address = (InetSocketAddress) proxy.address();
			ProxyServer server = new ProxyServer(address.getHostString(), address.getPort(), null);
			try {
				return connect(route, server, others, exchange);
			}
			catch (TransportException ex) {
				throw ex;
			}
			catch (IOException ex) {
				exchange.check();
				selector.connectFailed(uri, address, ex);
				failure = ex;
			}
		}
		if (failure != null) {
			throw failure;
		}
		return connectDirectly(route, exchange);
	}

	private static List<Proxy> select(ProxySelector selector, URI uri) throws TransportException {
		try {
			return selector.select(uri);
		}
		catch (RuntimeException ex) {
			throw new TransportException(
					"the ProxySelector " + selector.getClass().getName() + " failed: " + ex.getMessage(), ex,
					Reason.MISCONFIGURED, false);
		}
	}

	/**
	 * Look up the credentials for a proxy that requires them, and remember them.
	 * @return whether there are credentials that have not been tried
	 */
	boolean authenticate(ProxyServer proxy, ClassicHttpResponse response) {
		ProxyServer authenticated = (proxy.authorization() == null) ? proxy.authenticate(response) : null;
		if (authenticated == null) {
			this.authenticated.remove(proxy.toString());
			return false;
		}
		this.authenticated.put(proxy.toString(), authenticated);
		return true;
	}

	private HttpConnection connectDirectly(Route route, Exchange exchange) throws IOException {
		return startTls(route, openChannel(route.host(), route.port(), 0, exchange), null, exchange);
	}

	private HttpConnection connect(Route route, ProxyServer server, int others, Exchange exchange)
			throws IOException, HttpException {
		ProxyServer proxy = this.authenticated.getOrDefault(server.toString(), server);
		SocketChannel channel;
		try {
			channel = openChannel(proxy.host(), proxy.port(), others, exchange);
		}
		catch (IOException ex) {
			exchange.check();
			throw new IOException("cannot connect to the proxy " + proxy + ": " + ex.getMessage(), ex);
		}
		if (!route.secure()) {
			return startTls(route, channel, proxy, exchange);
		}
		ClassicHttpResponse response = openTunnel(route, channel, proxy, others, exchange);
		exchange.markNotSent();
		if (response.getCode() / 100 == 2) {
			return startTls(route, channel, null, exchange);
		}
		if (response.getCode() == HttpStatus.SC_PROXY_AUTHENTICATION_REQUIRED && authenticate(proxy, response)) {
			return connect(route, proxy, others, exchange);
		}
		throw refused(proxy, response.getCode());
	}

	/**
	 * Return the exception for a response of the proxy itself.
	 */
	static IOException refused(ProxyServer proxy, int status) {
		String message = "the proxy " + proxy + " responded with status " + status;
		return (status / 100 == 4) ? new TransportException(
				message + ((status == HttpStatus.SC_PROXY_AUTHENTICATION_REQUIRED)
						? ": set a java.net.Authenticator with its user and password" : ""),
				null, Reason.PROXY_REFUSED, false) : new IOException(message);
	}

	private static ClassicHttpResponse openTunnel(Route route, SocketChannel channel, ProxyServer proxy, int others,
			Exchange exchange) throws IOException {
		ClassicHttpRequest request = new BasicClassicHttpRequest("CONNECT", null, null, route.authority());
		request.addHeader(HttpHeaders.HOST, route.authority());
		if (proxy.authorization() != null) {
			request.addHeader(HttpHeaders.PROXY_AUTHORIZATION, proxy.authorization());
		}
		try {
			channel.socket().setSoTimeout(shareMillis(others, exchange));
			ClassicHttpResponse response = new HttpConnection(route, channel, null, proxy, exchange).exchange(request);
			channel.socket().setSoTimeout(0);
			return response;
		}
		catch (IOException | HttpException | RuntimeException ex) {
			exchange.markNotSent();
			exchange.check();
			throw new IOException("the proxy " + proxy + " did not connect: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Connect to the addresses in turn, each with its share of the remaining time.
	 * @param others the number of other hosts to try if none of the addresses can be
	 * reached
	 */
	private SocketChannel openChannel(String host, int port, int others, Exchange exchange) throws IOException {
		InetAddress[] addresses = this.lookup.resolve(host, exchange);
		IOException failure = null;
		for (int i = 0; i < addresses.length; i++) {
			SocketChannel channel = SocketChannel.open();
			exchange.waitFor(channel);
			try {
				channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
				InetSocketAddress address = new InetSocketAddress(addresses[i], port);
				int left = addresses.length - i - 1 + others;
				if (left > 0) {
					channel.socket().connect(address, shareMillis(left, exchange));
				}
				else {
					channel.connect(address);
				}
				return channel;
			}
			catch (IOException ex) {
				exchange.check();
				failure = ex;
			}
		}
		throw (failure != null) ? failure : new UnknownHostException(host);
	}

	/**
	 * Return the share of the remaining time, in milliseconds.
	 * @param others the number of others to try; if there are none, there is no limit
	 * other than the deadline of the exchange
	 */
	private static int shareMillis(int others, Exchange exchange) {
		long share = TimeUnit.NANOSECONDS.toMillis(exchange.remainingNanos() / (others + 1));
		return (others > 0) ? (int) Math.max(1, Math.min(share, Integer.MAX_VALUE)) : 0;
	}

	private HttpConnection startTls(Route route, SocketChannel channel, @Nullable ProxyServer proxy, Exchange exchange)
			throws IOException {
		return new HttpConnection(route, channel, route.secure() ? handshake(route, channel) : null, proxy, exchange);
	}

	private SSLSocket handshake(Route route, SocketChannel channel) throws IOException {
		SSLSocketFactory factory = (this.sslContext != null) ? this.sslContext.getSocketFactory()
				: (SSLSocketFactory) SSLSocketFactory.getDefault();
		SSLSocket socket = (SSLSocket) factory.createSocket(channel.socket(), route.host(), route.port(), true);
		SSLParameters parameters = socket.getSSLParameters();
		if (this.tlsParameters != null && this.tlsParameters.getProtocols() != null) {
			parameters.setProtocols(this.tlsParameters.getProtocols());
		}
		if (this.tlsParameters != null && this.tlsParameters.getCipherSuites() != null) {
			parameters.setCipherSuites(this.tlsParameters.getCipherSuites());
		}
		// Without this the certificate of any host would be accepted
		parameters.setEndpointIdentificationAlgorithm("HTTPS");
		socket.setSSLParameters(parameters);
		socket.startHandshake();
		return socket;
	}

}

package com.comfydeploy.internal.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;
import java.util.zip.GZIPInputStream;

import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.impl.DefaultConnectionReuseStrategy;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.message.MessageSupport;

import com.comfydeploy.internal.DaemonThreads;
import com.comfydeploy.internal.HeaderRules;

/**
 * Sends requests over HTTP/1.1 and blocking sockets, on the caller's thread. Each request
 * is sent once: there are no retries, redirects or cookies.
 * <p>
 * A request that is marked as pooled can use an idle connection. Any other request opens
 * a connection of its own, because a server can drop an idle connection while a request
 * is in transit.
 */
public final class HttpTransport implements AutoCloseable {

	private final TransportSettings settings;

	private final Connector connector;

	private final ConnectionPool pool;

	private final Watchdog watchdog;

	/**
	 * Create a transport.
	 * @param settings the settings of all requests
	 */
	public HttpTransport(TransportSettings settings) {
		this(settings, InetAddress::getAllByName, System::nanoTime,
				(task) -> DaemonThreads.create(settings.name() + "-watchdog", null, task));
	}

	HttpTransport(TransportSettings settings, HostLookup.Resolver resolver, LongSupplier nanoTime,
			ThreadFactory watchdogThreads) {
		this.settings = settings;
		this.connector = new Connector(new HostLookup(settings.name() + "-lookup", resolver, nanoTime),
				settings.sslContext(), settings.sslParameters());
		this.pool = new ConnectionPool(nanoTime);
		this.watchdog = new Watchdog(watchdogThreads, this.pool);
	}

	/**
	 * Send a request and wait for its response.
	 * @param request the request
	 * @return the response, whatever its status
	 * @throws TransportException if no complete response was received
	 */
	public TransportResponse send(TransportRequest request) throws TransportException {
		Exchange exchange = new Exchange(this.settings.connectTimeout(), request.timeout, request.idleTimeout);
		boolean responded = false;
		try {
			this.watchdog.add(exchange);
			exchange.check();
			TransportResponse response = send(request, exchange);
			responded = true;
			return response;
		}
		catch (IOException | HttpException | RuntimeException ex) {
			throw exchange.failure(ex);
		}
		finally {
			if (!responded) {
				this.watchdog.remove(exchange);
				exchange.release();
			}
		}
	}

	private TransportResponse send(TransportRequest request, Exchange exchange) throws IOException, HttpException {
		HttpConnection connection = request.pooled ? this.pool.take(request.route) : null;
		if (connection != null) {
			connection.attach(exchange);
		}
		else {
			connection = this.connector.connect(request.uri, request.route, exchange);
		}
		exchange.connected();
		this.watchdog.wakeUpBy(exchange.deadline());
		ProxyServer proxy = connection.proxy;
		ClassicHttpRequest message = message(request, connection);
		ClassicHttpResponse response = connection.exchange(message);
		if (proxy != null && response.getCode() == HttpStatus.SC_PROXY_AUTHENTICATION_REQUIRED) {
			exchange.markNotSent();
			if (this.connector.authenticate(proxy, response)) {
				exchange.connecting();
				this.watchdog.wakeUpBy(exchange.deadline());
				return send(request, exchange);
			}
			throw Connector.refused(proxy, response.getCode());
		}
		return receive(request, message, response, connection, exchange);
	}

	private static ClassicHttpRequest message(TransportRequest request, HttpConnection connection) {
		Route route = request.route;
		ProxyServer proxy = connection.proxy;
		BasicClassicHttpRequest message = new BasicClassicHttpRequest(request.method, null, null,
				((proxy != null) ? "http://" + route.hostHeader() : "") + target(request.uri));
		message.addHeader(HttpHeaders.HOST, route.hostHeader());
		request.headers.forEach(message::addHeader);
		byte[] body = request.body;
		if (body != null) {
			message.setEntity(connection.entity(body));
			message.addHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length));
		}
		else if (request.method.equals("POST") || request.method.equals("PUT")) {
			message.addHeader(HttpHeaders.CONTENT_LENGTH, "0");
		}
		if (proxy != null && proxy.authorization() != null) {
			message.addHeader(HttpHeaders.PROXY_AUTHORIZATION, proxy.authorization());
		}
		return message;
	}

	private static String target(URI uri) {
		String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
		String target = (uri.getRawQuery() != null) ? path + "?" + uri.getRawQuery() : path;
		return target.chars().allMatch((c) -> c < 0x80) ? target : target(URI.create(uri.toASCIIString()));
	}

	private TransportResponse receive(TransportRequest request, ClassicHttpRequest message,
			ClassicHttpResponse response, HttpConnection connection, Exchange exchange)
			throws IOException, HttpException {
		int status = response.getCode();
		InputStream raw = InputStream.nullInputStream();
		long length = 0;
		if (MessageSupport.canResponseHaveBody(request.method, response)) {
			connection.receiveResponseEntity(response);
			HttpEntity entity = response.getEntity();
			raw = entity.getContent();
			length = entity.getContentLength();
		}
		boolean reusable = request.pooled && status / 100 == 2
				&& DefaultConnectionReuseStrategy.INSTANCE.keepAlive(message, response, null);
		long maxAge = reusable ? ConnectionPool.maxAge(response) : 0;
		Map<String, List<String>> headers = headers(response);
		boolean gzip = length != 0 && isGzip(headers);
		boolean stream = request.stream && status / 100 == 2;
		ResponseBody body = new ResponseBody(raw, gzip && stream, request.maxBody(status), exchange,
				(complete) -> complete(exchange, connection, complete ? maxAge : 0));
		if (stream) {
			return new TransportResponse(status, gzip ? decoded(headers) : headers, new byte[0], false, body);
		}
		byte[] bytes = body.readUpToBound(length);
		if (gzip && body.isComplete()) {
			try (InputStream decoded = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
				bytes = decoded.readNBytes((int) request.maxBody(status));
				return new TransportResponse(status, decoded(headers), bytes, decoded.read() >= 0, null);
			}
			catch (IOException ex) {
				// Not gzip: the body is kept together with the header that names its
				// coding
			}
		}
		return new TransportResponse(status, headers, bytes, !body.isComplete(), null);
	}

	private static Map<String, List<String>> decoded(Map<String, List<String>> headers) {
		headers.remove(HttpHeaders.CONTENT_ENCODING);
		headers.remove(HttpHeaders.CONTENT_LENGTH);
		return headers;
	}

	private static boolean isGzip(Map<String, List<String>> headers) {
		List<String> codings = headers.get(HttpHeaders.CONTENT_ENCODING);
		return codings != null && codings.size() == 1
				&& (codings.get(0).equalsIgnoreCase("gzip") || codings.get(0).equalsIgnoreCase("x-gzip"));
	}

	private static Map<String, List<String>> headers(ClassicHttpResponse response) throws ProtocolException {
		Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		for (Header header : response.getHeaders()) {
			if (!HeaderRules.isName(header.getName())) {
				throw new ProtocolException("the response has a header with a malformed name");
			}
			headers.computeIfAbsent(header.getName(), (name) -> new ArrayList<>(1)).add(header.getValue());
		}
		return headers;
	}

	private void complete(Exchange exchange, HttpConnection connection, long maxAge) {
		this.watchdog.remove(exchange);
		if (exchange.complete() && maxAge > 0 && connection.isReusable() && this.pool.put(connection, maxAge)) {
			this.watchdog.wakeUpBy(System.nanoTime() + maxAge);
		}
		else {
			connection.closeChannel();
		}
	}

	/**
	 * Return whether the transport has been closed.
	 * @return {@code true} if it rejects requests
	 */
	public boolean isClosed() {
		return this.watchdog.isClosed();
	}

	/**
	 * Abort all requests in progress, including streams, close all connections, and
	 * reject further requests.
	 */
	@Override
	public void close() {
		this.pool.close();
		this.watchdog.close();
	}

}

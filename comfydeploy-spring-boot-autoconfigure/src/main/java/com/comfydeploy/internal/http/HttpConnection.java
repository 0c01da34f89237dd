package com.comfydeploy.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

import javax.net.ssl.SSLSocket;

import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentLengthStrategy;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.impl.io.SocketHolder;
import org.apache.hc.core5.http.io.HttpMessageParser;
import org.apache.hc.core5.http.io.SessionInputBuffer;
import org.apache.hc.core5.http.io.entity.EntityTemplate;
import org.apache.hc.core5.io.Closer;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.DaemonThreads;

/**
 * A connection of HttpCore over a channel, which any thread can close.
 */
final class HttpConnection extends DefaultBHttpClientConnection {

	private static final Http1Config CONFIG = Http1Config.custom()
		.setBufferSize(4 * 1024)
		.setMaxHeaderCount(200)
		.setMaxLineLength(16 * 1024)
		.build();

	private static final int MAX_INTERIM_RESPONSES = 10;

	private static final int SLICE = 64 * 1024;

	final Route route;

	private final SocketChannel channel;

	final @Nullable ProxyServer proxy;

	private @Nullable SessionInputBuffer buffer;

	private Exchange exchange;

	/** Whether the request has been written completely. */
	private volatile boolean written;

	private volatile @Nullable Exception writeFailure;

	/** Time of the pool's clock until which the pool may keep this connection. */
	long idleUntil;

	/**
	 * Create a connection.
	 * @param route the server
	 * @param channel the channel
	 * @param tls the TLS layer over the channel, or {@code null}
	 * @param proxy the proxy that forwards the requests, or {@code null}
	 * @param exchange the first exchange
	 */
	HttpConnection(Route route, SocketChannel channel, @Nullable SSLSocket tls, @Nullable ProxyServer proxy,
			Exchange exchange) throws IOException {
		super(CONFIG, null, null, null, null, null, (config) -> parser());
		this.route = route;
		this.channel = channel;
		this.proxy = proxy;
		this.exchange = exchange;
		bind((tls != null) ? new SocketHolder(tls, channel.socket()) : new SocketHolder(channel.socket()));
	}

	private static HttpMessageParser<ClassicHttpResponse> parser() {
		DefaultHttpResponseParser parser = new DefaultHttpResponseParser(CONFIG);
		return (buffer, in) -> parser.parse(new StrictLineParser(buffer, true), in);
	}

	/**
	 * Use this connection for another exchange.
	 */
	void attach(Exchange exchange) throws TransportException {
		this.exchange = exchange;
		exchange.waitFor(this.channel);
	}

	/**
	 * Create the body of a request. It is written in slices, so that its progress is
	 * seen, and because the JDK copies each slice to a direct buffer.
	 */
	HttpEntity entity(byte[] body) {
		return new EntityTemplate(body.length, null, null, (out) -> {
			for (int i = 0; i < body.length; i += SLICE) {
				out.write(body, i, Math.min(SLICE, body.length - i));
				this.exchange.progressed();
			}
		});
	}

	/**
	 * Send a request and wait for the head of its response. A server can respond before
	 * it has read the whole request, and then neither read nor close the connection. So a
	 * large request is written by a thread of its own, which ends when the connection is
	 * closed.
	 */
	ClassicHttpResponse exchange(ClassicHttpRequest request) throws IOException, HttpException {
		this.exchange.markSent();
		this.written = false;
		HttpEntity body = request.getEntity();
		if (body != null && body.getContentLength() > SLICE) {
			String name = Thread.currentThread().getName() + "-upload";
			DaemonThreads.create(name, null, () -> write(request)).start();
		}
		else {
			write(request);
		}
		try {
			return receiveResponse();
		}
		catch (IOException | HttpException ex) {
			if (this.writeFailure != null) {
				ex.addSuppressed(this.writeFailure);
			}
			throw ex;
		}
	}

	/** A connection that cannot be written to may still have the response. */
	private void write(ClassicHttpRequest request) {
		try {
			sendRequestHeader(request);
			sendRequestEntity(request);
			flush();
			this.written = true;
		}
		catch (IOException | HttpException ex) {
			this.writeFailure = ex;
		}
		finally {
			if (!this.written && this.writeFailure == null) {
				closeChannel();
			}
		}
	}

	private ClassicHttpResponse receiveResponse() throws IOException, HttpException {
		for (int i = 0; i < MAX_INTERIM_RESPONSES; i++) {
			ClassicHttpResponse response = receiveResponseHeader();
			if (response.getCode() >= 200) {
				return response;
			}
			if (response.getCode() == 101) {
				throw new ProtocolException("the server switches protocols, which was not requested");
			}
		}
		throw new ProtocolException("more than " + MAX_INTERIM_RESPONSES + " interim responses");
	}

	@Override
	public void receiveResponseEntity(ClassicHttpResponse response) throws HttpException, IOException {
		Header length = response.getFirstHeader(HttpHeaders.CONTENT_LENGTH);
		if (length != null && response.containsHeader(HttpHeaders.TRANSFER_ENCODING)) {
			throw new ProtocolException("the response has both Content-Length and Transfer-Encoding");
		}
		if (length != null && (length.getValue().startsWith("+") || length.getValue().startsWith("-"))) {
			throw new ProtocolException("the Content-Length of the response has a sign");
		}
		super.receiveResponseEntity(response);
	}

	@Override
	protected InputStream createContentInputStream(long length, SessionInputBuffer buffer, InputStream in) {
		this.buffer = buffer;
		return (length == ContentLengthStrategy.CHUNKED)
				? new ChunkedInputStream(new StrictLineParser(buffer, false), in, CONFIG)
				: super.createContentInputStream(length, buffer, in);
	}

	/**
	 * Return whether the request was sent completely and no byte after the response has
	 * been received: it would be read as part of the next response.
	 */
	boolean isReusable() {
		try {
			SocketHolder holder = ensureOpen();
			return this.written && this.buffer != null && this.buffer.length() == 0
					&& (holder.getSSLSocket() == null || holder.getInputStream().available() == 0);
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Return whether an idle connection is open and silent. If bytes can be read, the
	 * server has closed the connection, or has sent a response without a request.
	 */
	boolean isAlive() {
		try {
			this.channel.configureBlocking(false);
			if (this.channel.read(ByteBuffer.allocate(1)) == 0) {
				this.channel.configureBlocking(true);
				return true;
			}
		}
		catch (IOException ex) {
			// Not alive
		}
		return false;
	}

	/**
	 * Close the channel, without a TLS closure alert.
	 */
	void closeChannel() {
		Closer.closeQuietly(this.channel);
	}

}

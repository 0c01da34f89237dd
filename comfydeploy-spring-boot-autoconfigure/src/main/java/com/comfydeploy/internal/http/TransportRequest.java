package com.comfydeploy.internal.http;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.message.BasicHeader;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.HeaderRules;

/**
 * A request. Created by one thread and sent once.
 */
public final class TransportRequest {

	private static final int DEFAULT_MAX_BODY = 10 * 1024 * 1024;

	final String method;

	final URI uri;

	final Route route;

	final List<Header> headers = new ArrayList<>(8);

	byte @Nullable [] body;

	Duration timeout = Duration.ofSeconds(30);

	@Nullable Duration idleTimeout;

	boolean pooled;

	boolean stream;

	private long maxBody = DEFAULT_MAX_BODY;

	private int maxErrorBody = 64 * 1024;

	/**
	 * Create a request.
	 * @param method the HTTP method
	 * @param uri an absolute HTTP or HTTPS URI
	 * @throws IllegalArgumentException if the URI is not of that kind, or has user info
	 */
	public TransportRequest(String method, URI uri) {
		this.method = method;
		this.route = Route.of(uri);
		this.uri = uri;
	}

	/**
	 * Add a header. A header that frames the message or controls the connection is
	 * ignored.
	 * @param name the name
	 * @param value the value, in Latin-1 and without control characters
	 * @return this request
	 * @throws IllegalArgumentException if name or value is malformed; the message has no
	 * value
	 */
	public TransportRequest header(String name, String value) {
		if (!HeaderRules.isName(name)) {
			throw new IllegalArgumentException("The name of a header is malformed");
		}
		if (!HeaderRules.isValue(value)) {
			throw new IllegalArgumentException("The value of the header " + name + " is malformed");
		}
		if (!HeaderRules.isReserved(name)) {
			this.headers.add(new BasicHeader(name, value));
		}
		return this;
	}

	/**
	 * Set the body.
	 * @param body the body, not copied
	 * @return this request
	 */
	public TransportRequest body(byte[] body) {
		this.body = body;
		return this;
	}

	/**
	 * Set the limit for the whole exchange, from connecting to the last byte of the body.
	 * The default is 30 seconds.
	 * @param timeout more than zero
	 * @return this request
	 */
	public TransportRequest timeout(Duration timeout) {
		this.timeout = timeout;
		return this;
	}

	/**
	 * Set the limit for the time in which no byte of the request or of the response is
	 * transferred, once connected. There is none by default.
	 * @param idleTimeout more than zero
	 * @return this request
	 */
	public TransportRequest idleTimeout(Duration idleTimeout) {
		this.idleTimeout = idleTimeout;
		return this;
	}

	/**
	 * Set whether to send the request on a pooled connection. Use this only for a request
	 * that may be sent twice: the server can drop an idle connection while the request is
	 * in transit. The default is a connection of its own.
	 * @param pooled whether to use the pool
	 * @return this request
	 */
	public TransportRequest pooled(boolean pooled) {
		this.pooled = pooled;
		return this;
	}

	/**
	 * Set whether to return the body of a 2xx response as a stream. Any other body is
	 * read completely.
	 * @param stream whether to return a stream
	 * @return this request
	 */
	public TransportRequest stream(boolean stream) {
		this.stream = stream;
		return this;
	}

	/**
	 * Set the maximum size of a body, as received and after decoding. A longer one is
	 * truncated, or an error when it is read as a stream.
	 * @param maxBody bytes of a 2xx response; 10 MiB by default
	 * @param maxErrorBody bytes of any other; 64 KiB by default
	 * @return this request
	 */
	public TransportRequest maxBody(long maxBody, int maxErrorBody) {
		this.maxBody = maxBody;
		this.maxErrorBody = maxErrorBody;
		return this;
	}

	long maxBody(int status) {
		return (status / 100 == 2) ? this.maxBody : this.maxErrorBody;
	}

}

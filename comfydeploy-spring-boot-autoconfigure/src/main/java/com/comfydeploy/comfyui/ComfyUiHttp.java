package com.comfydeploy.comfyui;

import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.Deadline;
import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportRequest;
import com.comfydeploy.internal.http.TransportResponse;
import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * Sends requests to one ComfyUI, without a token or an origin.
 */
final class ComfyUiHttp {

	private static final Log logger = LogFactory.getLog(ComfyUiHttp.class);

	private static final int MAX_JSON = 64 * 1024 * 1024;

	private static final Duration TRANSFER_TIMEOUT = Duration.ofMinutes(10);

	/** Validation errors can be long: they list all valid choices. */
	private static final int MAX_ERROR_JSON = 8 * 1024 * 1024;

	private final ComfyUiUrl url;

	private final ComfyUiTransport transport;

	private final Duration readTimeout;

	private final ReadRetry retry;

	private final SignalWaiter time;

	private final BackOff backOff;

	ComfyUiHttp(ComfyUiUrl url, ComfyUiTransport transport, ComfyUiSettings settings, BackOff backOff) {
		this.url = url;
		this.transport = transport;
		this.readTimeout = settings.readTimeout();
		this.retry = settings.retry();
		this.time = settings.time();
		this.backOff = backOff;
	}

	/**
	 * Start an idempotent request.
	 * @param path the path below the session's URL
	 */
	TransportRequest get(ComfyUiCall call, String path) {
		return request(call, "GET", path).pooled(true);
	}

	/**
	 * Start a request on a new connection, so that it is not lost with a pooled one.
	 * @param path the path below the session's URL
	 */
	TransportRequest post(ComfyUiCall call, String path, Object json) {
		return post(call, path, "application/json", ComfyUiJson.write(json));
	}

	TransportRequest post(ComfyUiCall call, String path, String contentType, byte[] body) {
		return request(call, "POST", path).header("Content-Type", contentType).body(body);
	}

	/**
	 * Set the timeouts of a request that transfers a file: it can take long, but it ends
	 * if nothing is transferred for the time of another request.
	 */
	TransportRequest transfer(ComfyUiCall call, TransportRequest request) {
		return request.timeout(call.timeout(TRANSFER_TIMEOUT)).idleTimeout(this.readTimeout);
	}

	private TransportRequest request(ComfyUiCall call, String method, String path) {
		return new TransportRequest(method, this.url.resolve(path)).header("Accept", "*/*")
			.header("User-Agent", "comfydeploy-spring-boot")
			.timeout(call.timeout(this.readTimeout))
			.maxBody(MAX_JSON, MAX_ERROR_JSON);
	}

	/**
	 * Send a request once.
	 * @return the response, whatever its status
	 * @throws RequestFailure if there is none
	 */
	TransportResponse send(ComfyUiCall call, TransportRequest request) {
		call.attempt();
		long start = this.time.nanoTime();
		try {
			TransportResponse response = this.transport.exchange(request);
			call.responded(response.status());
			log(call, String.valueOf(response.status()), start);
			return response;
		}
		catch (TransportException ex) {
			log(call, ex.getReason().name(), start);
			throw RequestFailure.of(ex);
		}
	}

	private void log(ComfyUiCall call, String outcome, long start) {
		if (logger.isDebugEnabled()) {
			logger.debug(
					call.operation() + ": " + outcome + " after " + (this.time.nanoTime() - start) / 1_000_000 + " ms");
		}
	}

	/**
	 * Send an idempotent request, with retries.
	 * @return the response, with a 2xx status
	 * @throws RequestFailure if there is none
	 */
	TransportResponse sendRepeatedly(ComfyUiCall call, Supplier<TransportRequest> request) throws InterruptedException {
		return repeatedly(call, () -> successful(send(call, request.get())));
	}

	/**
	 * Make an attempt, with retries.
	 * @throws RequestFailure if none does
	 */
	<T> T repeatedly(ComfyUiCall call, Supplier<T> attempt) throws InterruptedException {
		call.beginRequest();
		Deadline deadline = call.deadline().within(this.retry.maxElapsedTime());
		for (int attempts = 1;; attempts++) {
			try {
				return attempt.get();
			}
			catch (RequestFailure failure) {
				Duration wait = this.retry.wait(attempts, this.backOff, failure.retryAfter());
				if (attempts >= this.retry.maxAttempts() || !failure.isRetryable(this.retry.retryConnectionErrors())
						|| wait.compareTo(deadline.remaining()) > 0) {
					throw failure;
				}
				this.time.await(new Signal(), wait);
			}
		}
	}

	/**
	 * Make attempts that each continue the one before. If the connection fails again and
	 * again, the retries start again as long as they make progress.
	 * @param progress returns whether there was progress since it was last called
	 * @throws RequestFailure if no attempt succeeds
	 */
	void repeatedly(ComfyUiCall call, Runnable attempt, BooleanSupplier progress) throws InterruptedException {
		while (true) {
			try {
				repeatedly(call, () -> {
					attempt.run();
					return attempt;
				});
				return;
			}
			catch (RequestFailure failure) {
				boolean repeat = this.retry.maxAttempts() > 1 && failure.statusCode() == null
						&& failure.isRetryable(this.retry.retryConnectionErrors());
				if (!repeat || !progress.getAsBoolean()) {
					throw failure;
				}
			}
		}
	}

	/**
	 * Return a response with a 2xx status of ComfyUI itself, and close any other.
	 * @throws RequestFailure if it is another one
	 */
	static TransportResponse successful(TransportResponse response) {
		if (response.status() / 100 != 2) {
			throw RequestFailure.of(response);
		}
		if (RequestFailure.isPage(response)) {
			response.close();
			throw RequestFailure.unreadable(response, "it is an HTML page, which does not come from ComfyUI");
		}
		return response;
	}

	/**
	 * Read the JSON object of a response.
	 * @throws RequestFailure if it has none
	 */
	static Map<String, Object> json(TransportResponse response) {
		if (response.truncated()) {
			throw RequestFailure.unreadable(response, "it is longer than " + MAX_JSON + " bytes");
		}
		try {
			if (ComfyUiJson.read(response.body()) instanceof Map<?, ?> map) {
				return JsonValues.object(map);
			}
		}
		catch (UnreadableJsonException ex) {
			throw RequestFailure.unreadable(response, String.valueOf(ex.getMessage()));
		}
		throw RequestFailure.unreadable(response, "it is not a JSON object");
	}

}

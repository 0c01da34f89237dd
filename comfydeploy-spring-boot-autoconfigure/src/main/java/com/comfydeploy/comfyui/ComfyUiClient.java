package com.comfydeploy.comfyui;

import java.util.function.Function;

import org.springframework.util.Assert;

import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.http.HttpTransport;

/**
 * {@link ComfyUis} implementation that holds connections and must be closed.
 *
 * @see ComfyUisBuilder#build()
 */
public class ComfyUiClient implements ComfyUis, AutoCloseable {

	private final HttpTransport transport;

	private final ComfyUiSockets sockets;

	private final ComfyUiObservations observations;

	private final Function<String, SessionCheck> sessionChecks;

	private final ComfyUiSettings settings;

	ComfyUiClient(HttpTransport transport, ComfyUiSockets sockets, ComfyUiObservations observations,
			Function<String, SessionCheck> sessionChecks, ComfyUiSettings settings) {
		this.transport = transport;
		this.sockets = sockets;
		this.observations = observations;
		this.sessionChecks = sessionChecks;
		this.settings = settings;
	}

	@Override
	public ComfyUi at(String url) {
		ComfyUiUrl comfyUiUrl = ComfyUiUrl.of(url);
		return at(comfyUiUrl, this.sessionChecks.apply(url));
	}

	@Override
	public ComfyUi at(String url, SessionCheck check) {
		Assert.notNull(check, "check must not be null");
		return at(ComfyUiUrl.of(url), check);
	}

	private ComfyUi at(ComfyUiUrl url, SessionCheck check) {
		return new DefaultComfyUi(url, http(url), this.sockets, this.observations, check, this.settings);
	}

	ComfyUiHttp http(ComfyUiUrl url) {
		return new ComfyUiHttp(url, this.transport::send, this.settings, BackOff.random());
	}

	/**
	 * End all requests in progress, and close all connections. A call that waits between
	 * two requests fails when it would send the next one.
	 */
	@Override
	public void close() {
		this.transport.close();
		this.sockets.close();
	}

}

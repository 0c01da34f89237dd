package com.comfydeploy.client;

import org.springframework.web.client.RestClient;

/**
 * Callback to customize the {@link RestClient} of ComfyDeploy. It is applied after all
 * other settings. The client is separate from the application's clients, and no other
 * customizer is applied to it. Requests are always sent to the configured base URL: the
 * base URL of the builder is ignored. Do not set a request factory: without the client's
 * own, there are no timeouts and no limits for bodies, and a create may be sent twice. An
 * observation convention of the builder has no effect: see
 * {@link SessionOperationsBuilder#attemptObservationConvention}.
 * <p>
 * An interceptor that reads the body of a response must return a response with a readable
 * body. It should not read the body of a log ({@code text/event-stream}): the server
 * never ends the body, so the call would fail with a timeout. The client decodes gzip
 * only. If {@code Accept-Encoding} contains another coding, the call fails before a
 * request is sent.
 */
@FunctionalInterface
public interface ComfyDeployRestClientCustomizer {

	/**
	 * Customize the builder.
	 * @param builder the builder
	 */
	void customize(RestClient.Builder builder);

}

package com.comfydeploy.client;

import org.springframework.web.client.RestClient;

/**
 * Callback to customize the {@link RestClient} of ComfyDeploy. It is applied after all
 * other settings. The client is separate from the application's clients, and no other
 * customizer is applied to it. Requests are always sent to the configured base URL: the
 * base URL of the builder is ignored. Do not set a request factory: it would replace the
 * transport of the client, and with it the timeouts and the guarantee that a create is
 * sent only once. An observation convention of the builder has no effect: see
 * {@link SessionOperationsBuilder#attemptObservationConvention}.
 * <p>
 * An interceptor that reads the body of a response must return a response with a readable
 * body. It should not read the body of a log ({@code text/event-stream}): the server
 * rarely ends it, so the call would fail with a timeout. The client decodes gzip only. If
 * {@code Accept-Encoding} contains another coding, the call fails before a request is
 * sent.
 */
@FunctionalInterface
public interface ComfyDeployRestClientCustomizer {

	/**
	 * Customize the builder.
	 * @param builder the builder
	 */
	void customize(RestClient.Builder builder);

}

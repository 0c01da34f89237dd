package com.comfydeploy.client;

import org.springframework.web.client.RestClient;

/**
 * Callback to customize the {@link RestClient} that ComfyDeploy is called with, applied
 * last. That client is not the application's own, and no other customizer is applied to
 * it. Requests go to the configured base URL whatever the builder's own is. Replacing its
 * request factory gives up what depends on it: timeouts, bounded bodies, and that no
 * create is sent twice below the retries. Replacing its observation convention gives up
 * the template of the URI as a tag.
 * <p>
 * An interceptor that reads the body of a response must hand on one that can be read, and
 * should leave that of a log ({@code text/event-stream}) alone: the server never ends it,
 * so the read timeout ends the call. Of the codings in {@code Accept-Encoding} only gzip
 * is decoded; any other fails each call before anything is sent.
 */
@FunctionalInterface
public interface ComfyDeployRestClientCustomizer {

	/**
	 * Customize the builder.
	 * @param builder the builder
	 */
	void customize(RestClient.Builder builder);

}

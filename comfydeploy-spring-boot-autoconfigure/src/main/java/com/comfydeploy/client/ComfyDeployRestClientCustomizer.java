package com.comfydeploy.client;

import org.springframework.web.client.RestClient;

/**
 * Callback to customize the {@link RestClient} that ComfyDeploy is called with, applied
 * last. That client is not the application's own, and no other customizer is applied to
 * it. Replacing its request factory gives up what depends on it: timeouts, bounded
 * bodies, and that no create is sent twice below the retries.
 */
@FunctionalInterface
public interface ComfyDeployRestClientCustomizer {

	/**
	 * Customize the builder.
	 * @param builder the builder
	 */
	void customize(RestClient.Builder builder);

}

package com.comfydeploy.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Details needed to reach ComfyDeploy.
 */
public interface ComfyDeployConnectionDetails extends ConnectionDetails {

	/**
	 * Return the base URL of the ComfyDeploy API.
	 * @return an absolute HTTP or HTTPS URL
	 */
	String getBaseUrl();

	/**
	 * Return the API key. A {@code BearerTokenProvider} bean takes precedence.
	 * @return the API key, or {@code null} if there is none
	 */
	@Nullable String getBearer();

}

package com.comfydeploy.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/**
 * Configuration of the connection details from the properties.
 */
@Configuration(proxyBeanMethods = false)
@Conditional(OnTokenCondition.class)
@ConditionalOnMissingBean(ComfyDeployConnectionDetails.class)
class ConnectionConfiguration {

	@Bean
	ComfyDeployConnectionDetails comfyDeployConnectionDetails(ComfyDeployProperties properties) {
		return new PropertiesConnectionDetails(properties);
	}

	/**
	 * {@link ComfyDeployConnectionDetails} backed by {@link ComfyDeployProperties}.
	 */
	private static class PropertiesConnectionDetails implements ComfyDeployConnectionDetails {

		private final ComfyDeployProperties properties;

		PropertiesConnectionDetails(ComfyDeployProperties properties) {
			this.properties = properties;
		}

		@Override
		public String getBaseUrl() {
			return this.properties.getBaseUrl();
		}

		@Override
		public @Nullable String getBearer() {
			return this.properties.getBearer();
		}

	}

}

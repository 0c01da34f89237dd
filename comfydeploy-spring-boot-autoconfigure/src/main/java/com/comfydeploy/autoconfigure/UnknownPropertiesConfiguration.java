package com.comfydeploy.autoconfigure;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.util.ClassUtils;

/**
 * Configuration of the warning for unknown properties.
 */
@Configuration(proxyBeanMethods = false)
class UnknownPropertiesConfiguration {

	@Bean
	UnknownProperties comfyDeployUnknownProperties(ConfigurableEnvironment environment, ResourceLoader resourceLoader) {
		ClassLoader classLoader = resourceLoader.getClassLoader();
		return new UnknownProperties(environment,
				(classLoader != null) ? classLoader : ClassUtils.getDefaultClassLoader());
	}

}

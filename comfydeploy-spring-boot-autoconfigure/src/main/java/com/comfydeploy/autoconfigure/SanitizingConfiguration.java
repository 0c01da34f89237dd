package com.comfydeploy.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Configuration that hides the token from the endpoints of Actuator, whatever they are
 * told to show.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(SanitizingFunction.class)
class SanitizingConfiguration {

	@Bean
	SanitizingFunction comfyDeployBearerSanitizingFunction(Environment environment) {
		return (data) -> (isBearer(data.getKey()) || holds(data, environment.getProperty(OnTokenCondition.BEARER)))
				? data.withSanitizedValue() : data;
	}

	private static boolean isBearer(String key) {
		return key.replaceAll("[^A-Za-z]", "").equalsIgnoreCase("comfydeploybearer");
	}

	/** Command lines and SPRING_APPLICATION_JSON hold it under keys of their own. */
	private static boolean holds(SanitizableData data, @Nullable String bearer) {
		return StringUtils.hasText(bearer) && String.valueOf(data.getValue()).contains(bearer);
	}

}

package com.comfydeploy.autoconfigure;

import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Configuration that hides the token in the Actuator endpoints, regardless of
 * {@code show-values}.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(SanitizingFunction.class)
class SanitizingConfiguration {

	private static final Pattern SHORT_WORD = Pattern.compile("[A-Za-z]{1,5}");

	@Bean
	SanitizingFunction comfyDeployBearerSanitizingFunction(Environment environment) {
		return (data) -> (isBearer(data.getKey()) || contains(data, environment.getProperty(OnTokenCondition.BEARER)))
				? data.withSanitizedValue() : data;
	}

	private static boolean isBearer(String key) {
		return key.replaceAll("[^A-Za-z]", "").equalsIgnoreCase("comfydeploybearer");
	}

	/**
	 * Return whether the value contains the token, such as a command line or
	 * {@code SPRING_APPLICATION_JSON}. Short words are too common to search for.
	 */
	private static boolean contains(SanitizableData data, @Nullable String bearer) {
		return StringUtils.hasText(bearer) && !SHORT_WORD.matcher(bearer).matches()
				&& String.valueOf(data.getValue()).contains(bearer);
	}

}

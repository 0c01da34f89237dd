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
 * Configuration that hides the token from the endpoints of Actuator, whatever they are
 * told to show.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(SanitizingFunction.class)
class SanitizingConfiguration {

	private static final Pattern SHORT_WORD = Pattern.compile("[A-Za-z]{1,5}");

	@Bean
	SanitizingFunction comfyDeployBearerSanitizingFunction(Environment environment) {
		return (data) -> (isBearer(data.getKey()) || holds(data, environment.getProperty(OnTokenCondition.BEARER)))
				? data.withSanitizedValue() : data;
	}

	private static boolean isBearer(String key) {
		return key.replaceAll("[^A-Za-z]", "").equalsIgnoreCase("comfydeploybearer");
	}

	/**
	 * Command lines and SPRING_APPLICATION_JSON hold the token under keys of their own.
	 * Short words are too common to look for, as in the client's error messages.
	 */
	private static boolean holds(SanitizableData data, @Nullable String bearer) {
		return StringUtils.hasText(bearer) && !SHORT_WORD.matcher(bearer).matches()
				&& String.valueOf(data.getValue()).contains(bearer);
	}

}

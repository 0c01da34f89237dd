package com.comfydeploy.autoconfigure;

import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;
import org.springframework.util.StringUtils;

import com.comfydeploy.internal.HeaderRules;

/**
 * Applies the value of a property, and names the property if the value is invalid. This
 * does not happen during binding, because the report of a binding failure contains the
 * value.
 */
final class PropertyCheck {

	private PropertyCheck() {
	}

	/**
	 * Apply a value. An empty property is invalid, even if the setter accepts
	 * {@code null}.
	 * @throws InvalidComfyDeployPropertyException if the value is invalid
	 */
	static <T> void apply(String property, T value, Consumer<T> setter) {
		try {
			setter.accept(value);
			Assert.notNull(value, "must not be empty");
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidComfyDeployPropertyException(property, String.valueOf(ex.getMessage()));
		}
	}

	/**
	 * Check the characters of a token. A missing token is valid here: the first call
	 * reports it.
	 */
	static void bearer(@Nullable String value) {
		if (StringUtils.hasText(value) && !HeaderRules.isVisibleAscii(value)) {
			throw new InvalidComfyDeployPropertyException(OnTokenCondition.BEARER,
					"must contain only visible ASCII characters, without spaces and line breaks");
		}
	}

}

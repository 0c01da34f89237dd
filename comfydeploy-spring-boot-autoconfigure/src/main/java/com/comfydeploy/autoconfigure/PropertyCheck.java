package com.comfydeploy.autoconfigure;

import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;
import org.springframework.util.StringUtils;

import com.comfydeploy.internal.HeaderRules;

/**
 * Names the property when a value turns out to be wrong. Checked here and not while
 * binding, because what reports a failure to bind prints the value.
 */
final class PropertyCheck {

	private PropertyCheck() {
	}

	/**
	 * Set a value. A property that is there and empty is wrong, also where a setter takes
	 * {@code null} for what is not set.
	 */
	static <T> void set(String property, T value, Consumer<T> setter) {
		try {
			setter.accept(value);
			Assert.notNull(value, "must not be empty");
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidComfyDeployPropertyException(property, String.valueOf(ex.getMessage()));
		}
	}

	/**
	 * Check a token that is there; a missing one is the business of the first call.
	 */
	static void bearer(@Nullable String value) {
		if (StringUtils.hasText(value) && !HeaderRules.isVisibleAscii(value)) {
			throw new InvalidComfyDeployPropertyException(OnTokenCondition.BEARER,
					"must have visible ASCII characters only, no space and no line break");
		}
	}

}

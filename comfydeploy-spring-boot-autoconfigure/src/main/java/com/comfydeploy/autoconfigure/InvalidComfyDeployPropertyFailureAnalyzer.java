package com.comfydeploy.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.Environment;

/**
 * {@code FailureAnalyzer} for {@link InvalidComfyDeployPropertyException}.
 */
class InvalidComfyDeployPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidComfyDeployPropertyException> {

	private final Environment environment;

	InvalidComfyDeployPropertyFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidComfyDeployPropertyException cause) {
		String property = cause.getProperty();
		Origin origin = origin(property);
		return new FailureAnalysis(
				"The value of the property '" + property + "' is not valid: " + sentence(cause.getReason())
						+ ((origin != null) ? "\n\n    Origin: " + origin : ""),
				((cause.getCause() != null) ? "Correct the problem, or change" : "Change") + " the value of '"
						+ property + "' in the application's configuration.",
				cause);
	}

	private static String sentence(String reason) {
		return reason.endsWith(".") ? reason : reason + ".";
	}

	/** Return only the origin of the value: the value may be the token. */
	private @Nullable Origin origin(String property) {
		ConfigurationPropertyName name = ConfigurationPropertyName.of(property);
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(this.environment)) {
			ConfigurationProperty found = source.getConfigurationProperty(name);
			if (found != null) {
				return found.getOrigin();
			}
		}
		return null;
	}

}

package com.comfydeploy.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * {@code FailureAnalyzer} for {@link InvalidComfyDeployPropertyException}.
 */
class InvalidComfyDeployPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidComfyDeployPropertyException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidComfyDeployPropertyException cause) {
		return new FailureAnalysis(
				"The value of the property '" + cause.getProperty() + "' is not valid: " + cause.getReason() + ".",
				"Change the value of '" + cause.getProperty() + "' in the application's configuration.", cause);
	}

}

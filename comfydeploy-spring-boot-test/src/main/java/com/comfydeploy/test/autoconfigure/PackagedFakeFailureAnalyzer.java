package com.comfydeploy.test.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * {@code FailureAnalyzer} for a {@link PackagedFakeException}.
 */
class PackagedFakeFailureAnalyzer extends AbstractFailureAnalyzer<PackagedFakeException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, PackagedFakeException cause) {
		return new FailureAnalysis(
				"'comfydeploy.fake.enabled' is true in a packaged application (" + cause.getApplication()
						+ "), whose users would get sessions that are not real.",
				"Remove 'comfydeploy.fake.enabled' from the configuration that is deployed, and "
						+ "comfydeploy-spring-boot-test from the package. Set 'comfydeploy.fake.allow-packaged' to true "
						+ "if this application should use the fake.",
				cause);
	}

}

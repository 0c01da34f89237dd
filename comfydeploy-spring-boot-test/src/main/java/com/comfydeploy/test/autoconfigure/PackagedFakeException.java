package com.comfydeploy.test.autoconfigure;

/**
 * Exception for a packaged application that uses the fake without being allowed to.
 */
@SuppressWarnings("serial")
class PackagedFakeException extends RuntimeException {

	private final String application;

	PackagedFakeException(String application) {
		super("A packaged application does not use a fake ComfyDeploy unless 'comfydeploy.fake.allow-packaged' is true");
		this.application = application;
	}

	String getApplication() {
		return this.application;
	}

}

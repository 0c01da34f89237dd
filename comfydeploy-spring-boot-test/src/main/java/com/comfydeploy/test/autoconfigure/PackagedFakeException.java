package com.comfydeploy.test.autoconfigure;

/**
 * A packaged application is to use the fake and nobody has said that it may.
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

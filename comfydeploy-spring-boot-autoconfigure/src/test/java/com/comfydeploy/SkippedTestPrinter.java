package com.comfydeploy;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Prints why a test is skipped, which the build's own output leaves out.
 */
public final class SkippedTestPrinter implements TestWatcher {

	@Override
	public void testAborted(ExtensionContext context, Throwable cause) {
		System.out.println("Skipped: " + context.getRequiredTestClass().getSimpleName() + "."
				+ context.getRequiredTestMethod().getName() + ": " + cause.getMessage());
	}

}

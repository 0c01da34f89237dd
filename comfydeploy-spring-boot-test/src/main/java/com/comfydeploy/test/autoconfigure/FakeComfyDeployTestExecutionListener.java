package com.comfydeploy.test.autoconfigure;

import org.springframework.context.ApplicationContext;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.support.AbstractTestExecutionListener;

import com.comfydeploy.test.FakeComfyDeploy;

/**
 * {@link TestExecutionListener} that resets the fake of
 * {@link AutoConfigureFakeComfyDeploy} after each test: not before, so that the first
 * test finds the requests from the start of the application.
 */
class FakeComfyDeployTestExecutionListener extends AbstractTestExecutionListener {

	@Override
	public void afterTestMethod(TestContext testContext) {
		if (!testContext.hasApplicationContext()) {
			return;
		}
		ApplicationContext context = testContext.getApplicationContext();
		if (context.containsBean(FakeComfyDeployConfiguration.FAKE)) {
			context.getBean(FakeComfyDeployConfiguration.FAKE, FakeComfyDeploy.class).reset();
		}
	}

}

package com.comfydeploy.autoconfigure;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Configuration that fails the start if the fake is enabled but not on the class path:
 * with a token, the application would use the real ComfyDeploy, which costs money.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty(MissingFakeConfiguration.ENABLED)
@ConditionalOnMissingClass("com.comfydeploy.test.FakeComfyDeploy")
class MissingFakeConfiguration {

	static final String ENABLED = "comfydeploy.fake.enabled";

	@Bean
	static BeanFactoryPostProcessor comfyDeployMissingFake() {
		throw new InvalidComfyDeployPropertyException(ENABLED,
				"it requires the dependency com.comfydeploy:comfydeploy-spring-boot-test on the class path");
	}

}

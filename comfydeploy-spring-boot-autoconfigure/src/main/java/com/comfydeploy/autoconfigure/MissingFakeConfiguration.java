package com.comfydeploy.autoconfigure;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Stops the start of an application that wants the fake and does not have it: with a
 * token at hand it would use the real ComfyDeploy, which costs money.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty(MissingFakeConfiguration.ENABLED)
@ConditionalOnMissingClass("com.comfydeploy.test.FakeComfyDeploy")
class MissingFakeConfiguration {

	static final String ENABLED = "comfydeploy.fake.enabled";

	@Bean
	static BeanFactoryPostProcessor comfyDeployMissingFake() {
		throw new InvalidComfyDeployPropertyException(ENABLED,
				"it takes the dependency com.comfydeploy:comfydeploy-spring-boot-test on the class path");
	}

}

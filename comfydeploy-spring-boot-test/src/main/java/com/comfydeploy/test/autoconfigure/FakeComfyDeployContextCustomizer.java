package com.comfydeploy.test.autoconfigure;

import java.time.Duration;

import org.springframework.beans.factory.config.ConstructorArgumentValues;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * {@link ContextCustomizer} that adds a fake to an application context. Equal customizers
 * share a context.
 *
 * @param frozen whether the clock stands still
 * @param startup the time until a session has its URL
 */
record FakeComfyDeployContextCustomizer(boolean frozen, Duration startup) implements ContextCustomizer {

	@Override
	public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
		BeanDefinitionRegistry registry = (BeanDefinitionRegistry) context.getBeanFactory();
		if (registry.containsBeanDefinition(FakeComfyDeployConfiguration.class.getName())) {
			// Defined by the code that was generated ahead of time, which Spring runs
			// before
			return;
		}
		// Values that can be written into code, for tests that are processed ahead of
		// time
		ConstructorArgumentValues arguments = new ConstructorArgumentValues();
		arguments.addIndexedArgumentValue(0, this.frozen);
		arguments.addIndexedArgumentValue(1, this.startup.toString());
		registry.registerBeanDefinition(FakeComfyDeployConfiguration.class.getName(),
				new RootBeanDefinition(FakeComfyDeployConfiguration.class, arguments, null));
	}

}

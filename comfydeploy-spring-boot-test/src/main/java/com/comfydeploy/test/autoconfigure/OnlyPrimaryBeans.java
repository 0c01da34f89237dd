package com.comfydeploy.test.autoconfigure;

import java.util.Set;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;

import com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails;
import com.comfydeploy.client.BearerTokenProvider;
import com.comfydeploy.test.FakeComfyDeploy;

/**
 * {@link BeanFactoryPostProcessor} that makes the beans of the fake the only primary
 * beans of their types: an application may have primary beans, too.
 */
class OnlyPrimaryBeans implements BeanFactoryPostProcessor {

	private static final Set<Class<?>> TYPES = Set.of(FakeComfyDeploy.class, ComfyDeployConnectionDetails.class,
			BearerTokenProvider.class);

	private final Set<String> names;

	OnlyPrimaryBeans(Set<String> names) {
		this.names = names;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		for (Class<?> type : TYPES) {
			for (String name : beanFactory.getBeanNamesForType(type, true, false)) {
				if (!this.names.contains(name) && beanFactory.containsBeanDefinition(name)) {
					beanFactory.getBeanDefinition(name).setPrimary(false);
				}
			}
		}
	}

}

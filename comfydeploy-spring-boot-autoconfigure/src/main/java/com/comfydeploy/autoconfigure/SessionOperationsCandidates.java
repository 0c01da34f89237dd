package com.comfydeploy.autoconfigure;

import java.util.List;
import java.util.stream.Stream;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;

import com.comfydeploy.session.SessionOperations;

/**
 * The {@link SessionOperations} beans that can be injected without a qualifier.
 *
 * @param names the names of the beans
 * @param primary the number of primary beans
 */
record SessionOperationsCandidates(List<String> names, long primary) {

	static SessionOperationsCandidates of(ConfigurableListableBeanFactory beanFactory) {
		List<String> names = Stream.of(beanFactory.getBeanNamesForType(SessionOperations.class, true, false))
			.filter((name) -> isCandidate(beanFactory, name))
			.toList();
		return new SessionOperationsCandidates(names,
				names.stream().filter((name) -> isPrimary(beanFactory, name)).count());
	}

	boolean isSingle() {
		return this.names.size() == 1 || this.primary == 1;
	}

	private static boolean isCandidate(ConfigurableListableBeanFactory beanFactory, String name) {
		if (!beanFactory.containsBeanDefinition(name)) {
			return true;
		}
		BeanDefinition definition = beanFactory.getMergedBeanDefinition(name);
		return definition.isAutowireCandidate()
				&& (!(definition instanceof AbstractBeanDefinition bean) || bean.isDefaultCandidate());
	}

	private static boolean isPrimary(ConfigurableListableBeanFactory beanFactory, String name) {
		return beanFactory.containsBeanDefinition(name) && beanFactory.getMergedBeanDefinition(name).isPrimary();
	}

}

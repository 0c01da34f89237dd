package com.comfydeploy.autoconfigure;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionBuilder;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.SessionOperations;

/**
 * Configuration of the leases for a {@link SessionOperations} bean that is defined after
 * the conditions are evaluated, such as a mock in a test.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnMissingBean({ SessionOperations.class, SessionLeases.class })
class LateLeaseConfiguration {

	@Bean
	static LateLeases comfyDeployLateLeases(Environment environment) {
		return new LateLeases(environment);
	}

	/**
	 * {@link BeanFactoryPostProcessor} that defines the leases. Without an order, it runs
	 * after the post-processor that defines mocks.
	 */
	static class LateLeases implements BeanFactoryPostProcessor {

		private static final Log logger = LogFactory.getLog(LateLeases.class);

		private static final String CONFIGURATION = "comfyDeployLeaseConfiguration";

		private static final String LEASES = "comfyDeploySessionLeases";

		private final Environment environment;

		LateLeases(Environment environment) {
			this.environment = environment;
		}

		@Override
		public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
			SessionOperationsCandidates candidates = SessionOperationsCandidates.of(beanFactory);
			if (candidates.isSingle()
					&& beanFactory.getBeanNamesForType(SessionLeases.class, true, false).length == 0) {
				defineLeases((BeanDefinitionRegistry) beanFactory);
			}
			else if (candidates.names().isEmpty() && isLazy()) {
				logger.info(NoSuchSessionOperationsBeanFailureAnalyzer.NO_TOKEN + " "
						+ NoSuchSessionOperationsBeanFailureAnalyzer.SET_TOKEN);
			}
		}

		/** Lazy beans are not injected at startup, so no failure analysis is shown. */
		private boolean isLazy() {
			return this.environment.getProperty("spring.main.lazy-initialization", boolean.class, false);
		}

		private static void defineLeases(BeanDefinitionRegistry registry) {
			registry.registerBeanDefinition(CONFIGURATION,
					BeanDefinitionBuilder.rootBeanDefinition(LeaseConfiguration.class).getBeanDefinition());
			registry.registerBeanDefinition(LEASES,
					BeanDefinitionBuilder.rootBeanDefinition(SessionLeases.class)
						.setFactoryMethodOnBean(LEASES, CONFIGURATION)
						.setAutowireMode(AbstractBeanDefinition.AUTOWIRE_CONSTRUCTOR)
						.getBeanDefinition());
		}

	}

}

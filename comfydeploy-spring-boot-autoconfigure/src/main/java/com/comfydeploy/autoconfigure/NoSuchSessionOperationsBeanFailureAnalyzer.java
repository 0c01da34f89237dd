package com.comfydeploy.autoconfigure;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.analyzer.AbstractInjectionFailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.SessionOperations;

/**
 * {@code FailureAnalyzer} for an application that injects {@link SessionOperations},
 * {@link SessionLeases} or {@link MachineOperations} without a token or without a single
 * candidate.
 */
class NoSuchSessionOperationsBeanFailureAnalyzer extends AbstractInjectionFailureAnalyzer<NoSuchBeanDefinitionException>
		implements Ordered {

	private static final Set<Class<?>> TYPES = Set.of(SessionOperations.class, SessionLeases.class,
			MachineOperations.class);

	static final String NO_TOKEN = "There is no SessionOperations bean, because no ComfyDeploy token is set.";

	static final String SET_TOKEN = "Set the property 'comfydeploy.bearer' (or the environment variable "
			+ "COMFYDEPLOY_BEARER) to an API key of your ComfyDeploy account, or define a BearerTokenProvider bean. "
			+ "To develop without an account, add the dependency com.comfydeploy:comfydeploy-spring-boot-test and set '"
			+ MissingFakeConfiguration.ENABLED + "' to true to use a fake ComfyDeploy.";

	private final BeanFactory beanFactory;

	private final Environment environment;

	NoSuchSessionOperationsBeanFailureAnalyzer(BeanFactory beanFactory, Environment environment) {
		this.beanFactory = beanFactory;
		this.environment = environment;
	}

	/** Run before the analyzer of Spring Boot, which advises to define the bean. */
	@Override
	public int getOrder() {
		return Ordered.HIGHEST_PRECEDENCE;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause,
			@Nullable String description) {
		ResolvableType type = cause.getResolvableType();
		Class<?> bean = (type != null) ? type.resolve() : null;
		if (cause.getNumberOfBeansFound() > 0 || bean == null || !TYPES.contains(bean)) {
			return null;
		}
		String name = bean.getSimpleName();
		String injectionPoint = (description != null) ? description : "A component";
		if (!OnEnabledCondition.isEnabled(this.environment)) {
			return new FailureAnalysis(
					injectionPoint + " required a " + name + " bean, but 'comfydeploy.enabled' is set to false.",
					"Remove 'comfydeploy.enabled' from the application's configuration, or inject an "
							+ "ObjectProvider<" + name + ">.",
					cause);
		}
		SessionOperationsCandidates candidates = candidates();
		if (bean == SessionLeases.class && candidates.names().size() > 1 && !candidates.isSingle()) {
			return new FailureAnalysis(
					injectionPoint + " required a " + name
							+ " bean, which uses a single SessionOperations bean, but there are "
							+ candidates.names().size() + ": " + String.join(", ", candidates.names()) + ".",
					"Mark one of them as @Primary, or declare the others with @Bean(defaultCandidate = false). Use "
							+ "SessionLeasesBuilder to create leases for another one.",
					cause);
		}
		if (!candidates.names().isEmpty()
				|| StringUtils.hasText(this.environment.getProperty(OnTokenCondition.BEARER))) {
			return null;
		}
		return new FailureAnalysis(injectionPoint + " required a " + name + " bean, but no ComfyDeploy token is set."
				+ unknownTokenProperties(), SET_TOKEN, cause);
	}

	/** The application may have set the token under another name. */
	private String unknownTokenProperties() {
		return UnknownProperties.TOKEN_NAMES.stream()
			.sorted()
			.map(ConfigurationPropertyName::of)
			.distinct()
			.filter((name) -> StringUtils.hasText(this.environment.getProperty(name.toString())))
			.map((property) -> " The property '" + property + "' is unknown and has no effect.")
			.collect(Collectors.joining());
	}

	private SessionOperationsCandidates candidates() {
		return (this.beanFactory instanceof ConfigurableListableBeanFactory listable)
				? SessionOperationsCandidates.of(listable) : new SessionOperationsCandidates(List.of(), 0);
	}

}

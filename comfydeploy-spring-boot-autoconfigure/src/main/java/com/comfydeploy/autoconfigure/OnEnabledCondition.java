package com.comfydeploy.autoconfigure;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Condition that matches unless {@code comfydeploy.enabled} is false. It converts the
 * value to a boolean: {@code @ConditionalOnBooleanProperty} would treat {@code yes} as
 * false.
 */
class OnEnabledCondition extends SpringBootCondition {

	static final String ENABLED = "comfydeploy.enabled";

	static boolean isEnabled(Environment environment) {
		return Binder.get(environment).bind(ENABLED, Boolean.class).orElse(true);
	}

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("ComfyDeploy");
		return isEnabled(context.getEnvironment()) ? ConditionOutcome.match(message.because(ENABLED + " is true"))
				: ConditionOutcome.noMatch(message.because(ENABLED + " is false"));
	}

}

package com.comfydeploy.autoconfigure;

import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.SpringProperties;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

import com.comfydeploy.client.BearerTokenProvider;

/**
 * Condition that matches if a token is set or a {@link BearerTokenProvider} is defined.
 */
class OnTokenCondition extends AnyNestedCondition {

	static final String BEARER = "comfydeploy.bearer";

	OnTokenCondition() {
		super(ConfigurationPhase.REGISTER_BEAN);
	}

	@Conditional(OnBearerCondition.class)
	static class Bearer {

	}

	@ConditionalOnBean(BearerTokenProvider.class)
	static class Provider {

	}

	/**
	 * Condition that matches if the property has text, and always during ahead-of-time
	 * processing: its result is final, and the token is usually set at run time only. The
	 * message does not contain the token.
	 */
	static class OnBearerCondition extends SpringBootCondition {

		@Override
		public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
			ConditionMessage.Builder message = ConditionMessage.forCondition("ComfyDeploy token");
			if (SpringProperties.getFlag(AbstractAotProcessor.AOT_PROCESSING)) {
				return ConditionOutcome.match(message.because("the token may be set at run time"));
			}
			if (StringUtils.hasText(context.getEnvironment().getProperty(BEARER))) {
				return ConditionOutcome.match(message.foundExactly(BEARER));
			}
			return ConditionOutcome.noMatch(message.didNotFind("property").items(BEARER));
		}

	}

}

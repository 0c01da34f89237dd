package com.comfydeploy.sample;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

import com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails;
import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Configuration of a fake ComfyDeploy, which is used if there is no token for the real
 * one.
 */
@Configuration(proxyBeanMethods = false)
@Conditional(FakeComfyDeployConfiguration.NoToken.class)
class FakeComfyDeployConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(FakeComfyDeployConfiguration.class);

	@Bean
	FakeComfyDeploy fakeComfyDeploy() {
		FakeComfyDeploy fake = FakeComfyDeploy.builder()
			.startup(Duration.ofSeconds(3))
			.shutdown(Duration.ofSeconds(1))
			.renderTime(Duration.ofSeconds(4))
			.start();
		logger.info("There is no 'comfydeploy.bearer', so this application uses a fake ComfyDeploy at {}. "
				+ "Set COMFYDEPLOY_BEARER to use the real one.", fake.getBaseUrl());
		return fake;
	}

	@Bean
	ComfyDeployConnectionDetails fakeConnectionDetails(FakeComfyDeploy fake) {
		return new ComfyDeployConnectionDetails() {

			@Override
			public String getBaseUrl() {
				return fake.getBaseUrl();
			}

			@Override
			public @Nullable String getBearer() {
				return fake.getBearer();
			}

		};
	}

	static class NoToken implements Condition {

		@Override
		public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
			return !StringUtils.hasText(context.getEnvironment().getProperty("comfydeploy.bearer"));
		}

	}

}

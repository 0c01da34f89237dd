package com.comfydeploy.test.autoconfigure;

import java.time.Duration;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.autoconfigure.ComfyDeployProperties;
import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Auto-configuration for a fake ComfyDeploy in an application, for development without an
 * account. The fake replaces the connection that other properties and beans configure. If
 * the application has a bean of type {@link FakeComfyDeploy}, that bean is used instead.
 */
@AutoConfiguration(before = ComfyDeployAutoConfiguration.class)
@ConditionalOnBooleanProperty("comfydeploy.fake.enabled")
@ConditionalOnBooleanProperty(name = "comfydeploy.enabled", matchIfMissing = true)
@ConditionalOnMissingBean(FakeComfyDeploy.class)
@EnableConfigurationProperties(ComfyDeployProperties.class)
@Import(FakeConnectionConfiguration.class)
public final class FakeComfyDeployAutoConfiguration {

	static final String FAKE = "comfyDeployFake";

	private static final Log logger = LogFactory.getLog(FakeComfyDeployAutoConfiguration.class);

	/** Long enough for a person to see progress. */
	private static final Duration RENDER_TIME = Duration.ofSeconds(3);

	@Bean(FAKE)
	FakeComfyDeploy comfyDeployFake(ComfyDeployProperties properties, ListableBeanFactory beanFactory) {
		String packaged = PackagedApplication.find(beanFactory);
		if (packaged != null && !properties.getFake().isAllowPackaged()) {
			throw new PackagedFakeException(packaged);
		}
		FakeComfyDeploy fake = FakeComfyDeploy.builder().renderTime(RENDER_TIME).start();
		logger.info("'comfydeploy.fake.enabled' is true, so this application uses a fake ComfyDeploy at "
				+ fake.getBaseUrl() + ". No session is real, and none costs money.");
		return fake;
	}

}

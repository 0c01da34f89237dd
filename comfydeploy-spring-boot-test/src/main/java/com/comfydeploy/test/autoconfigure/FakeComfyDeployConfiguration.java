package com.comfydeploy.test.autoconfigure;

import java.time.Duration;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails;
import com.comfydeploy.client.BearerTokenProvider;
import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Configuration of the fake, and of the beans that connect the client to it: they are
 * primary, because the application may have beans of these types, too.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration(ComfyDeployAutoConfiguration.class)
class FakeComfyDeployConfiguration {

	static final String FAKE = "autoConfiguredFakeComfyDeploy";

	private static final String CONNECTION_DETAILS = "autoConfiguredFakeComfyDeployConnectionDetails";

	private static final String TOKEN_PROVIDER = "autoConfiguredFakeComfyDeployTokenProvider";

	private final boolean frozen;

	private final Duration startup;

	FakeComfyDeployConfiguration(boolean frozen, String startup) {
		this.frozen = frozen;
		this.startup = Duration.parse(startup);
	}

	@Bean(FAKE)
	@Primary
	FakeComfyDeploy fake() {
		FakeComfyDeploy.Builder builder = FakeComfyDeploy.builder().startup(this.startup);
		return (this.frozen ? builder.frozen() : builder).start();
	}

	@Bean
	static OnlyPrimaryBeans autoConfiguredFakeComfyDeployOnlyPrimaryBeans() {
		return new OnlyPrimaryBeans(Set.of(FAKE, CONNECTION_DETAILS, TOKEN_PROVIDER));
	}

	@Bean(CONNECTION_DETAILS)
	@Primary
	ComfyDeployConnectionDetails autoConfiguredFakeComfyDeployConnectionDetails(FakeComfyDeploy fake) {
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

	@Bean(TOKEN_PROVIDER)
	@Primary
	BearerTokenProvider autoConfiguredFakeComfyDeployTokenProvider(FakeComfyDeploy fake) {
		return fake::getBearer;
	}

}

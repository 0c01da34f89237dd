package com.comfydeploy.test.autoconfigure;

import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

import com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails;
import com.comfydeploy.client.BearerTokenProvider;
import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Beans that connect the client to a fake. They are the primary ones, because the
 * application may have beans of these types too.
 */
@Configuration(proxyBeanMethods = false)
class FakeConnectionConfiguration {

	private static final String CONNECTION_DETAILS = "fakeComfyDeployConnectionDetails";

	private static final String TOKEN_PROVIDER = "fakeComfyDeployTokenProvider";

	@Bean
	static OnlyPrimaryBeans fakeComfyDeployOnlyPrimaryBeans() {
		return new OnlyPrimaryBeans(Set.of(FakeComfyDeployAutoConfiguration.FAKE, FakeComfyDeployConfiguration.FAKE,
				CONNECTION_DETAILS, TOKEN_PROVIDER));
	}

	@Bean(CONNECTION_DETAILS)
	@Primary
	ComfyDeployConnectionDetails fakeComfyDeployConnectionDetails(FakeComfyDeploy fake) {
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
	BearerTokenProvider fakeComfyDeployTokenProvider(FakeComfyDeploy fake) {
		return fake::getBearer;
	}

}

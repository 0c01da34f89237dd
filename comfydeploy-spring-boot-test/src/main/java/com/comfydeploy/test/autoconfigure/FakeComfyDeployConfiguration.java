package com.comfydeploy.test.autoconfigure;

import java.time.Duration;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Configuration of the fake of a test, and of the beans that connect the client to it.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration(ComfyDeployAutoConfiguration.class)
@Import(FakeConnectionConfiguration.class)
class FakeComfyDeployConfiguration {

	static final String FAKE = "autoConfiguredFakeComfyDeploy";

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

}

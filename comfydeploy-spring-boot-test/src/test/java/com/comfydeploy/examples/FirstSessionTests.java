package com.comfydeploy.examples;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest
@AutoConfigureFakeComfyDeploy
class FirstSessionTests {

	@Test
	void sessionIsCreatedExtendedAndCancelled(@Autowired Gpus gpus, @Autowired FakeComfyDeploy comfyDeploy) {
		String id = gpus.rent("00000000-0000-4000-8000-000000000001");
		gpus.extend(id);
		gpus.cancel(id);
		assertThat(comfyDeploy.requests()).extracting("operation")
			.containsExactly("create", "increase-timeout", "cancel");
	}

}

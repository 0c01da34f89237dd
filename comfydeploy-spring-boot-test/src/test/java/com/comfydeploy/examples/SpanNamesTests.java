package com.comfydeploy.examples;

import java.util.ArrayList;
import java.util.List;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the names of spans in {@code docs/observability.md}.
 */
@SpringBootTest
@AutoConfigureFakeComfyDeploy
class SpanNamesTests {

	@Autowired
	Gpus gpus;

	@Autowired
	Spans spans;

	@Test
	void callIsASpanWithAChildForEachRequest() {
		String id = this.gpus.rent("00000000-0000-4000-8000-000000000001");
		this.gpus.cancel(id);
		assertThat(this.spans.names).containsExactly("http post below a call", "comfydeploy create",
				"http delete below a call", "comfydeploy cancel");
	}

	@TestConfiguration
	static class Spans implements ObservationHandler<Observation.Context> {

		private final List<String> names = new ArrayList<>();

		@Bean
		ObservationRegistry observationRegistry() {
			ObservationRegistry registry = ObservationRegistry.create();
			registry.observationConfig().observationHandler(this);
			return registry;
		}

		@Override
		public void onStop(Observation.Context context) {
			boolean isRequest = context.getParentObservation() != null;
			this.names.add(isRequest ? context.getContextualName() + " below a call" : context.getContextualName());
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

}

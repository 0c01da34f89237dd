package com.comfydeploy.examples;

import java.util.ArrayList;
import java.util.List;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

import com.comfydeploy.client.ComfyDeployRestClientCustomizer;
import com.comfydeploy.client.DefaultSessionObservationConvention;
import com.comfydeploy.client.SessionObservationContext;
import com.comfydeploy.client.SessionObservationConvention;
import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployExceptionTranslator;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@SpringBootTest
@AutoConfigureFakeComfyDeploy
class CustomBeansTests {

	@Autowired
	SessionOperations sessions;

	@Autowired
	FakeComfyDeploy comfyDeploy;

	@Autowired
	Beans beans;

	@Test
	void customizerAddsAHeader() {
		this.sessions.list();
		assertThat(this.beans.teams).containsOnly("rendering");
	}

	@Test
	void translatorCreatesTheException() {
		this.comfyDeploy.fail(Fault.status(402).on("list"));
		assertThatExceptionOfType(OutOfMoneyException.class).isThrownBy(this.sessions::list);
		this.comfyDeploy.fail(Fault.status(403).on("list"));
		assertThatExceptionOfType(ComfyDeployApiException.Forbidden.class).isThrownBy(this.sessions::list);
	}

	@Test
	void conventionSetsNamesAndTags() {
		this.sessions.list();
		assertThat(this.beans.observed).contains("gpu.calls [none, list, SUCCESS, 200, rendering]");
	}

	@TestConfiguration
	static class Beans {

		private final List<String> teams = new ArrayList<>();

		private final List<String> observed = new ArrayList<>();

		@Bean
		ComfyDeployRestClientCustomizer requestsSayWhoAsks() {
			return (builder) -> builder.defaultHeader("X-Team", "rendering");
		}

		@Bean
		ComfyDeployExceptionTranslator exceptions() {
			return (response) -> (response.statusCode() == 402) ? new OutOfMoneyException(response)
					: ComfyDeployApiException.of(response);
		}

		@Bean
		SessionObservationConvention namesOfMyOwn() {
			return new DefaultSessionObservationConvention() {

				@Override
				public String getName() {
					return "gpu.calls";
				}

				@Override
				public KeyValues getLowCardinalityKeyValues(SessionObservationContext context) {
					return super.getLowCardinalityKeyValues(context).and("team", "rendering");
				}

			};
		}

		@Bean
		ComfyDeployRestClientCustomizer headers() {
			return (builder) -> builder.requestInterceptor((request, body, execution) -> {
				this.teams.add(request.getHeaders().getFirst("X-Team"));
				return execution.execute(request, body);
			});
		}

		@Bean
		ObservationRegistry observationRegistry() {
			ObservationRegistry registry = ObservationRegistry.create();
			registry.observationConfig().observationHandler(new ObservationHandler<>() {

				@Override
				public void onStop(Observation.Context context) {
					Beans.this.observed.add(context.getName() + " "
							+ context.getLowCardinalityKeyValues().stream().map(KeyValue::getValue).toList());
				}

				@Override
				public boolean supportsContext(Observation.Context context) {
					return context instanceof SessionObservationContext;
				}

			});
			return registry;
		}

	}

	@SuppressWarnings("serial")
	static class OutOfMoneyException extends ComfyDeployApiException {

		OutOfMoneyException(ApiErrorResponse response) {
			super(response);
		}

	}

}

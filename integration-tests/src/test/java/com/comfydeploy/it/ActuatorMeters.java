package com.comfydeploy.it;

import java.util.List;
import java.util.Map;

import org.springframework.context.ApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Meters of an application, read over HTTP from Actuator.
 */
final class ActuatorMeters {

	private static final ParameterizedTypeReference<Map<String, Object>> OBJECT = new ParameterizedTypeReference<>() {
	};

	private final RestClient client;

	ActuatorMeters(ApplicationContext context) {
		this.client = client(context);
	}

	/**
	 * Return a client for Actuator that has no timeout. That of Reactor Netty, which
	 * Spring would choose in a reactive application, has one of 5 seconds.
	 */
	static RestClient client(ApplicationContext context) {
		return RestClient.builder()
			.requestFactory(new JdkClientHttpRequestFactory())
			.baseUrl("http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port")
					+ "/actuator/")
			.build();
	}

	/**
	 * Return the count of a timer or a counter with some tags, or 0 if it is missing.
	 */
	double count(String meter, String... tags) {
		return read(meter, "COUNT", tags);
	}

	/** Return the value of a gauge. */
	double value(String meter) {
		return read(meter, "VALUE");
	}

	private double read(String meter, String statistic, String... tags) {
		String query = (tags.length > 0) ? "?tag=" + String.join("&tag=", tags) : "";
		Map<String, Object> metric = this.client.get()
			.uri("metrics/" + meter + query)
			.exchange((request, response) -> (response.getStatusCode().value() == 404) ? Map.of()
					: response.bodyTo(OBJECT));
		if (metric.isEmpty()) {
			return 0;
		}
		assertThat(metric).containsEntry("name", meter);
		if (meter.endsWith("operation") || meter.endsWith("requests")) {
			assertThat(metric).containsEntry("baseUnit", "seconds");
		}
		return ((List<?>) metric.get("measurements")).stream()
			.map((measurement) -> (Map<?, ?>) measurement)
			.filter((measurement) -> statistic.equals(measurement.get("statistic")))
			.mapToDouble((measurement) -> ((Number) measurement.get("value")).doubleValue())
			.sum();
	}

}

package com.comfydeploy.client;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.observation.ClientRequestObservationContext;
import org.springframework.http.client.observation.ClientRequestObservationConvention;
import org.springframework.http.client.observation.DefaultClientRequestObservationConvention;
import org.springframework.web.client.RestClient;

import com.comfydeploy.internal.observation.SafeObservation;
import com.comfydeploy.internal.observation.SafeObservations;

/**
 * Observes attempts as {@link RestClient} does, which would let a failure to observe fail
 * the attempt.
 */
final class AttemptObservations {

	private static final ClientRequestObservationConvention DEFAULT_CONVENTION = new DefaultClientRequestObservationConvention();

	private final SafeObservations observations;

	private final @Nullable ClientRequestObservationConvention convention;

	AttemptObservations(SafeObservations observations, @Nullable ClientRequestObservationConvention convention) {
		this.observations = observations;
		this.convention = convention;
	}

	/**
	 * Send a request and read its response.
	 * @param spec the request
	 * @param uriTemplate path and query, with variables in braces
	 * @param reader reads the response
	 * @param close whether to close the response once it is read
	 */
	<T> T exchange(RestClient.RequestHeadersSpec<?> spec, String uriTemplate, Reader<T> reader, boolean close) {
		Attempt attempt = new Attempt();
		Throwable error = null;
		try {
			return spec.httpRequest((request) -> attempt.start(request, uriTemplate)).exchange((sent, response) -> {
				attempt.respond(response);
				return reader.read(response);
			}, close);
		}
		catch (Throwable ex) {
			error = ex;
			throw ex;
		}
		finally {
			attempt.stop(error);
		}
	}

	void notifyListener(String type, Runnable notification) {
		this.observations.notifyListener(type, notification);
	}

	/**
	 * Reads a response.
	 *
	 * @param <T> the type of what is read
	 */
	@FunctionalInterface
	interface Reader<T> {

		T read(ClientHttpResponse response) throws IOException;

	}

	/**
	 * What is known of an attempt so far.
	 */
	private final class Attempt {

		private @Nullable ClientRequestObservationContext context;

		/** RestClient has a scope of its own, of nothing, between this and the start. */
		private final SafeObservation observation = AttemptObservations.this.observations.create();

		/** The request has its headers and attributes now, and tracing adds its own. */
		void start(ClientHttpRequest request, String uriTemplate) {
			this.observation.start(AttemptObservations.this.convention, DEFAULT_CONVENTION, () -> {
				ClientRequestObservationContext context = new ClientRequestObservationContext(request);
				context.setUriTemplate(uriTemplate);
				this.context = context;
				return context;
			});
		}

		void respond(ClientHttpResponse response) {
			if (this.context != null) {
				this.context.setResponse(response);
			}
		}

		void stop(@Nullable Throwable error) {
			this.observation.stop(error);
		}

	}

}

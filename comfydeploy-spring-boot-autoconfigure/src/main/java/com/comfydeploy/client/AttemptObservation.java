package com.comfydeploy.client;

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
 * The observation of one attempt, as {@link RestClient} would make it. RestClient's own
 * observation is not used, because a failure of a handler or convention would fail the
 * request.
 */
final class AttemptObservation {

	private static final ClientRequestObservationConvention DEFAULT_CONVENTION = new DefaultClientRequestObservationConvention();

	private final SafeObservation observation;

	private final @Nullable ClientRequestObservationConvention convention;

	private final String uriTemplate;

	private @Nullable ClientRequestObservationContext context;

	/**
	 * Create an observation. Its parent is the observation that is current now, before
	 * RestClient opens a scope of its own.
	 * @param observations creates it
	 * @param convention the convention of the application, or {@code null}
	 * @param uriTemplate path and query, with variables in braces
	 */
	AttemptObservation(SafeObservations observations, @Nullable ClientRequestObservationConvention convention,
			String uriTemplate) {
		this.observation = observations.create();
		this.convention = convention;
		this.uriTemplate = uriTemplate;
	}

	/**
	 * Start the observation. The request has its headers and attributes now, and tracing
	 * adds its own.
	 */
	void start(ClientHttpRequest request) {
		this.observation.start(this.convention, DEFAULT_CONVENTION, () -> {
			ClientRequestObservationContext context = new ClientRequestObservationContext(request);
			context.setUriTemplate(this.uriTemplate);
			this.context = context;
			return context;
		});
	}

	void responseReceived(ClientHttpResponse response) {
		if (this.context != null) {
			this.context.setResponse(response);
		}
	}

	/**
	 * Stop the observation, if it was started.
	 */
	void stop(@Nullable Throwable error) {
		this.observation.stop(error);
	}

}

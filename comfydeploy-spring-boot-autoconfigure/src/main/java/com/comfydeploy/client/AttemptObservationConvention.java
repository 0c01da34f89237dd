package com.comfydeploy.client;

import io.micrometer.common.KeyValue;

import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.observation.ClientHttpObservationDocumentation.LowCardinalityKeyNames;
import org.springframework.http.client.observation.ClientRequestObservationContext;
import org.springframework.http.client.observation.DefaultClientRequestObservationConvention;

/**
 * Spring's own naming of a request, told the template of the URI by an attribute.
 */
final class AttemptObservationConvention extends DefaultClientRequestObservationConvention {

	@Override
	protected KeyValue uri(ClientRequestObservationContext context) {
		ClientHttpRequest request = context.getCarrier();
		ExchangeOptions options = (request != null) ? ExchangeOptions.of(request.getAttributes()) : null;
		return (options != null) ? KeyValue.of(LowCardinalityKeyNames.URI, options.pathTemplate()) : super.uri(context);
	}

}

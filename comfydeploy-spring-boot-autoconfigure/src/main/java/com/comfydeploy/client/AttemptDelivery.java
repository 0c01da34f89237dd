package com.comfydeploy.client;

import com.comfydeploy.client.AttemptFailure.Delivery;

/**
 * Combined delivery of all requests of one attempt. An interceptor can send several
 * requests, on any thread.
 */
final class AttemptDelivery {

	private Delivery delivery = Delivery.NOT_SENT;

	/**
	 * Record the delivery of a request.
	 */
	synchronized void add(Delivery delivery) {
		this.delivery = this.delivery.or(delivery);
	}

	/**
	 * Return the most harmful delivery of the requests.
	 */
	synchronized Delivery get() {
		return this.delivery;
	}

}

package com.comfydeploy.client;

import com.comfydeploy.client.AttemptFailure.Delivery;

/**
 * Delivery of the requests of one attempt: an interceptor can send several, on any
 * thread.
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
	 * Return the most harmful delivery.
	 */
	synchronized Delivery get() {
		return this.delivery;
	}

}

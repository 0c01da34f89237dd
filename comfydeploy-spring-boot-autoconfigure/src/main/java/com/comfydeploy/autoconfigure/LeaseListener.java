package com.comfydeploy.autoconfigure;

import java.util.List;
import java.util.function.Consumer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.function.SingletonSupplier;

import com.comfydeploy.lease.SessionLeaseEvent;

/**
 * Receives the events of leases before the application's own listeners, whatever these
 * throw.
 */
interface LeaseListener extends Consumer<SessionLeaseEvent> {

	/**
	 * Return a consumer that hands each event to all listeners there are by then.
	 */
	static Consumer<SessionLeaseEvent> all(ObjectProvider<LeaseListener> listeners) {
		// Looked up before the application stops, when no bean can be had any more
		SingletonSupplier<List<LeaseListener>> all = SingletonSupplier.of(() -> listeners.orderedStream().toList());
		return (event) -> all.obtain().forEach((listener) -> listener.accept(event));
	}

}

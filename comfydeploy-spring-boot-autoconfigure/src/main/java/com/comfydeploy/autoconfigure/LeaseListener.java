package com.comfydeploy.autoconfigure;

import java.util.List;
import java.util.function.Consumer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.function.SingletonSupplier;

import com.comfydeploy.lease.SessionLeaseEvent;

/**
 * Listener that receives the events of leases before the listeners of the application,
 * regardless of their exceptions.
 */
interface LeaseListener extends Consumer<SessionLeaseEvent> {

	/**
	 * Return a consumer that passes each event to all listeners.
	 */
	static Consumer<SessionLeaseEvent> all(ObjectProvider<LeaseListener> listeners) {
		// Resolved once, because beans cannot be looked up while the application stops
		SingletonSupplier<List<LeaseListener>> all = SingletonSupplier.of(() -> listeners.orderedStream().toList());
		return (event) -> all.obtain().forEach((listener) -> listener.accept(event));
	}

}

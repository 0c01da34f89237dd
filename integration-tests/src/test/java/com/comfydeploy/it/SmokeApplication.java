package com.comfydeploy.it;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.event.EventListener;

import com.comfydeploy.lease.SessionLeaseEvent;

/**
 * Application that listens to the events of its leases.
 */
@SpringBootApplication
class SmokeApplication {

	final BlockingQueue<SessionLeaseEvent.Type> leaseEvents = new LinkedBlockingQueue<>();

	@EventListener
	void leaseEvent(SessionLeaseEvent event) {
		this.leaseEvents.add(event.getType());
	}

}

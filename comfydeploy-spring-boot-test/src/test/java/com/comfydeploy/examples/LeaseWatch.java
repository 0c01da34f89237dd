package com.comfydeploy.examples;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

import com.comfydeploy.lease.SessionLeaseEvent;

@Component
class LeaseWatch {

	final BlockingQueue<String> alarms = new LinkedBlockingQueue<>();

	@EventListener
	void watch(SessionLeaseEvent event) {
		switch (event.getType()) {
			case LOST, CLOSE_UNCONFIRMED -> this.alarms.add(event.getType() + " " + event.getSessionId());
			default -> {
			}
		}
	}

}

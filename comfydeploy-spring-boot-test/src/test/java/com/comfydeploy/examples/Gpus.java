package com.comfydeploy.examples;

import java.time.Duration;

import org.springframework.stereotype.Service;

import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.SessionOperations;

@Service
class Gpus {

	private final SessionOperations sessions;

	Gpus(SessionOperations sessions) {
		this.sessions = sessions;
	}

	String rent(String machineId) {
		return this.sessions.create(CreateSessionRequest.forMachine(machineId).gpu(Gpu.A10G).build()).sessionId();
	}

	void extend(String sessionId) {
		this.sessions.increaseTimeout(sessionId, Duration.ofMinutes(5));
	}

	void cancel(String sessionId) {
		this.sessions.cancel(sessionId);
	}

}

package com.comfydeploy.examples;

import org.springframework.stereotype.Service;

import com.comfydeploy.error.HttpValidationException;
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
		try {
			return this.sessions.create(CreateSessionRequest.forMachine(machineId).gpu(Gpu.A10G).build()).sessionId();
		}
		catch (HttpValidationException ex) {
			throw new IllegalArgumentException("Not rented: " + ex.getErrors(), ex);
		}
	}

}

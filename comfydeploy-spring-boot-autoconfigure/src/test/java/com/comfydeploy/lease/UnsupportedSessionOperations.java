package com.comfydeploy.lease;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.session.SessionSnapshot;

/**
 * {@link SessionOperations} without operations. A test double overrides those that are
 * called.
 */
abstract class UnsupportedSessionOperations implements SessionOperations {

	@Override
	public Session get(String sessionId) {
		throw new UnsupportedOperationException();
	}

	@Override
	public Optional<Session> find(String sessionId) {
		throw new UnsupportedOperationException();
	}

	@Override
	public List<Session> list() {
		throw new UnsupportedOperationException();
	}

	@Override
	public List<Session> list(String machineId) {
		throw new UnsupportedOperationException();
	}

	@Override
	public CreatedSession create(CreateSessionRequest request) {
		throw new UnsupportedOperationException();
	}

	@Override
	public CreatedSession createDynamic(CreateDynamicSessionRequest request) {
		throw new UnsupportedOperationException();
	}

	@Override
	public void increaseTimeout(IncreaseTimeoutRequest request) {
		throw new UnsupportedOperationException();
	}

	@Override
	public void increaseTimeout(String sessionId, Duration extension) {
		throw new UnsupportedOperationException();
	}

	@Override
	public SessionSnapshot snapshot(String sessionId) {
		throw new UnsupportedOperationException();
	}

	@Override
	public SessionSnapshot snapshot(String sessionId, String machineName) {
		throw new UnsupportedOperationException();
	}

	@Override
	public boolean cancel(String sessionId) {
		throw new UnsupportedOperationException();
	}

	@Override
	public boolean cancel(String sessionId, boolean waitForShutdown) {
		throw new UnsupportedOperationException();
	}

	@Override
	public Session awaitReady(String sessionId, Duration timeout) {
		throw new UnsupportedOperationException();
	}

	@Override
	public SessionOperations with(CallOptions options) {
		throw new UnsupportedOperationException();
	}

}

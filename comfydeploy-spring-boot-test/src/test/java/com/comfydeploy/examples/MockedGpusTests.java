package com.comfydeploy.examples;

import java.util.List;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.TestSessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

/**
 * An application whose {@link SessionOperations} are a mock, and which has no token.
 */
@SpringBootTest
class MockedGpusTests {

	@MockitoBean
	SessionOperations sessions;

	@Autowired
	SessionLeases leases;

	/** Injected by another example, and not made without a token. */
	@MockitoBean
	MachineOperations machines;

	@Test
	void sessionsAreTheMocks() {
		given(this.sessions.list()).willReturn(List.of(TestSessions.ready("123")));
		assertThat(this.sessions.list()).extracting("id").containsExactly("123");
		assertThat(this.leases.active()).isEmpty();
	}

}

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
 * Tests for an application without a token, with a mock of {@link SessionOperations}.
 */
@SpringBootTest
class MockedGpusTests {

	@MockitoBean
	SessionOperations sessions;

	@Autowired
	SessionLeases leases;

	/** Required by another example: there is no such bean without a token. */
	@MockitoBean
	MachineOperations machines;

	@Test
	void leasesUseTheMock() {
		given(this.sessions.list()).willReturn(List.of(TestSessions.ready("123")));
		assertThat(this.sessions.list()).extracting("id").containsExactly("123");
		assertThat(this.leases.active()).isEmpty();
	}

}

package com.comfydeploy.lease;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.TestStores;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the record of one lease in the store.
 */
class StoredLeaseRecordTests {

	private final VirtualTime time = new VirtualTime();

	private final LeaseStore store = TestStores.inMemory(this.time::now);

	@Test
	void leaseThatIsBeingClosedIsNotHeldAgain() {
		LeaseDescription description = new LeaseDescription("machine", false, false, null, Duration.ofMinutes(5),
				Duration.ofMinutes(1), Duration.ofHours(1), null);
		StoredLeaseRecord record = new LeaseRegistry(this.store, "a", LeaseLimits.none(), this.time, true)
			.add(description, null, 5)
			.record();
		assertThat(record).isNotNull();
		// The application stops on another thread while the session is created
		record.close("session", Duration.ofSeconds(15));
		assertThat(record.update(LeasePhase.HELD, "session")).isTrue();
		assertThat(this.store.findAll()).singleElement().satisfies((lease) -> {
			assertThat(lease.phase()).isEqualTo(LeasePhase.CLOSING);
			assertThat(lease.sessionId()).isEqualTo("session");
		});
	}

}

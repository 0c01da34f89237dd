package com.comfydeploy.lease;

import java.time.Duration;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import com.comfydeploy.lease.store.Postgres;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for a JVM that is suspended for at least 90 seconds, as by a debugger or a
 * virtual machine, and counts as dead in the meantime. The processes and the time are
 * real.
 */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
class LeaseSleepTests {

	private static final int LEASES = 4;

	private static final Duration SLEEP = Duration.ofSeconds(90);

	@Test
	void whenExtensionIsDueHolderThatSleptBuysNothing() throws Exception {
		sleep("opened", LEASES, 0, "open=" + LEASES);
	}

	@Test
	void whenExtensionIsReservedHolderThatSleptBuysNothing() throws Exception {
		sleep("reached", LEASES, 0, "open=" + LEASES, "hold=after reserve 1");
	}

	@Test
	void whenCreateIsReservedHolderThatSleptBuysNothing() throws Exception {
		sleep("reached", LEASES - 1, 0, "open=" + LEASES, "threads=1", "hold=after add " + LEASES);
	}

	@Test
	void whenCancelIsWrittenHolderThatSleptCancelsNothing() throws Exception {
		sleep("reached", LEASES, 1, "open=" + LEASES, "close=1", "hold=before update:CLOSING 1");
	}

	/**
	 * Suspend a JVM until another one holds its leases.
	 * @param moment the output of the JVM at which it is suspended
	 * @param leases the number of leases that are held then
	 * @param closing the number of those that are closing
	 */
	private void sleep(String moment, int leases, int closing, String... arguments) throws Exception {
		String store = Postgres.start().newDatabase();
		String[] options = { "extension=PT10M", "renewBefore=PT9M20S", "onOrphan=ADOPT" };
		try (FakeComfyDeploy fake = FakeComfyDeploy.start(); CallGate gate = CallGate.open(fake, () -> {
		});
				HolderJvm successor = HolderJvm.start(fake, fake.getBaseUrl(), store, options);
				HolderJvm holder = HolderJvm.start(fake, gate.baseUrl(), store, concat(options, arguments))) {
			holder.await(moment, 1, HolderJvm.SLOW);
			holder.signal("STOP");
			long stopped = System.nanoTime();
			// If the store was too slow, a lease was opened again: then fewer may be held
			int held = holder.hasPrinted("FAILED") ? storedSessions(store) : leases;
			successor.await("RECOVERED", held, HolderJvm.SLOW);
			Duration takeover = Duration.ofNanos(System.nanoTime() - stopped);
			HolderJvm.pass(SLEEP.minus(takeover));
			// What was sent before the stop has arrived by now
			int extensions = gate.received(CallGate.EXTEND);
			int creates = gate.received(CallGate.CREATE);
			long continued = System.nanoTime();
			holder.signal("CONT");
			holder.proceed();
			holder.await("LOST", held - closing, HolderJvm.SLOW);
			Duration noticed = Duration.ofNanos(System.nanoTime() - continued);
			HolderJvm.pass(Duration.ofSeconds(12));
			System.out.println("LeaseSleepTests: taken over " + takeover.toMillis() / 1000.0
					+ " s after the stop, lost " + noticed.toMillis() + " ms after it continued");
			assertThat(gate.received(CallGate.EXTEND)).isEqualTo(extensions);
			assertThat(gate.received(CallGate.CREATE)).isEqualTo(creates);
			assertThat(gate.received(CallGate.CANCEL)).isZero();
			assertThat(fake.containers()).hasSize(held);
			assertThat(successor.count("LOST")).isZero();
		}
	}

	private static int storedSessions(String store) {
		return (int) HolderStore.read(store).stream().filter((lease) -> lease.sessionId() != null).count();
	}

	private static String[] concat(String[] first, String[] second) {
		String[] all = new String[first.length + second.length];
		System.arraycopy(first, 0, all, 0, first.length);
		System.arraycopy(second, 0, all, first.length, second.length);
		return all;
	}

}

package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.NewLease;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.session.Gpu;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Base class for the test of a {@link LeaseStore}. It contains a test for each rule of
 * the contract. JUnit and AssertJ are required; {@code spring-boot-starter-test} contains
 * them.
 */
public abstract class AbstractLeaseStoreTests {

	private static final LeaseLimits UNLIMITED = LeaseLimits.none();

	private static final LeaseDescription DESCRIPTION = new LeaseDescription("machine", false, false, Gpu.T4,
			Duration.ofMinutes(5), Duration.ofSeconds(90), Duration.ofHours(1), "owner");

	private static final int THREADS = 8;

	private @Nullable LeaseStore opened;

	/** Create the tests. A subclass needs no constructor of its own. */
	protected AbstractLeaseStoreTests() {
	}

	/**
	 * Open the store like a JVM that has just started. The first call of this method in a
	 * test must return an empty store. Later calls in the same test must return a store
	 * with the leases of the earlier one.
	 * @return the store
	 */
	protected abstract LeaseStore open();

	/**
	 * Close a store that {@link #open()} has returned, if it can be closed.
	 * @param store the store
	 */
	protected abstract void close(LeaseStore store);

	/**
	 * Let time pass for the store: advance its clock, or make everything that it stores
	 * older.
	 * @param duration the time to advance
	 */
	protected abstract void passTime(Duration duration);

	@BeforeEach
	final void openStore() {
		this.opened = open();
	}

	@AfterEach
	final void closeStore() {
		if (this.opened != null) {
			close(this.opened);
		}
	}

	@Test
	protected final void leaseIsFoundAfterRestartAsItWasAdded() {
		LeaseDescription bare = new LeaseDescription(null, true, false, null, Duration.ofMinutes(1),
				Duration.ofMillis(1500), Duration.ofDays(2), null);
		LeaseDescription odd = new LeaseDescription("m", false, false, Gpu.of("RTX 9090"), Duration.ofMinutes(5),
				Duration.ofMinutes(2), Duration.ofHours(1), "a\tb\nc\\n\\N'\" \u00e4\u20ac\ud83d\ude00\r");
		LeaseHold first = add(DESCRIPTION, "a", 5);
		passTime(Duration.ofSeconds(1));
		LeaseHold second = add(bare, "b", 1);
		passTime(Duration.ofSeconds(1));
		LeaseHold third = add(odd, "b", 7);
		restart();
		List<StoredLease> found = store().findAll();
		assertThat(found).extracting(StoredLease::hold).containsExactly(first, second, third);
		assertThat(found).extracting(StoredLease::description).containsExactly(DESCRIPTION, bare, odd);
		assertThat(found).extracting(StoredLease::minutes).containsExactly(5, 1, 7);
		assertThat(found).allSatisfy((lease) -> {
			assertThat(lease.phase()).isEqualTo(LeasePhase.CREATING);
			assertThat(lease.sessionId()).isNull();
		});
	}

	@Test
	protected final void ageIsCountedByTheStore() {
		add("a", 5);
		passTime(Duration.ofMinutes(7));
		StoredLease lease = only();
		assertThat(lease.age()).isBetween(Duration.ofMinutes(7), Duration.ofMinutes(8));
	}

	@Test
	protected final void phaseAndSessionAreFoundAfterRestart() {
		LeaseHold hold = add("a", 5);
		assertThat(store().update(hold, LeasePhase.UNKNOWN, null)).isEqualTo(StoreResult.DONE);
		assertThat(only().phase()).isEqualTo(LeasePhase.UNKNOWN);
		assertThat(store().update(hold, LeasePhase.HELD, "session")).isEqualTo(StoreResult.DONE);
		assertThat(store().update(hold, LeasePhase.CLOSING, null)).isEqualTo(StoreResult.DONE);
		restart();
		assertThat(only().phase()).isEqualTo(LeasePhase.CLOSING);
		assertThat(only().sessionId()).isEqualTo("session");
	}

	@Test
	protected final void removedLeaseIsGone() {
		LeaseHold hold = add("a", 5);
		StoredLease lease = only();
		assertThat(store().remove(hold, 3)).isEqualTo(StoreResult.DONE);
		restart();
		assertThat(store().findAll()).isEmpty();
		assertThat(store().remove(hold, 3)).isEqualTo(StoreResult.NOT_HELD);
		assertThat(store().update(hold, LeasePhase.HELD, "session")).isEqualTo(StoreResult.NOT_HELD);
		assertThat(store().reserve(hold, 10, UNLIMITED)).isEqualTo(StoreResult.NOT_HELD);
		assertThat(store().takeOver(lease, "b")).isEmpty();
		assertThat(store().findAll()).isEmpty();
	}

	@Test
	protected final void onlyTheHolderChangesALease() {
		LeaseHold hold = add("a", 5);
		StoredLease before = only();
		assertRefused(new LeaseHold(hold.leaseId(), "b", 1), StoreResult.NOT_HELD);
		assertRefused(new LeaseHold(hold.leaseId(), "a", 2), StoreResult.NOT_HELD);
		assertRefused(newHold("a"), StoreResult.ABSENT);
		assertThat(only()).usingRecursiveComparison().ignoringFields("age").isEqualTo(before);
	}

	private void assertRefused(LeaseHold hold, StoreResult result) {
		assertThat(store().update(hold, LeasePhase.CLOSING, "other")).isEqualTo(result);
		assertThat(store().reserve(hold, 60, UNLIMITED)).isEqualTo(result);
		assertThat(store().reserve(hold, 60, new LeaseLimits(null, 1000))).isEqualTo(result);
		assertThat(store().remove(hold, 0)).isEqualTo(result);
		assertThat(store().takeOver(withHold(only(), hold), "c")).isEmpty();
	}

	@Test
	protected final void leaseIsAddedOnceHoweverOftenThatIsRepeated() {
		LeaseLimits limits = new LeaseLimits(1, 5);
		LeaseHold hold = granted(limits, 5);
		store().update(hold, LeasePhase.HELD, "session");
		assertThat(store().add(NewLease.creating(hold, DESCRIPTION, 5), limits)).isEqualTo(StoreResult.DONE);
		assertThat(only().phase()).isEqualTo(LeasePhase.HELD);
		LeaseHold taken = store().takeOver(only(), "b").orElseThrow();
		assertThat(store().add(NewLease.creating(hold, DESCRIPTION, 5), UNLIMITED)).isEqualTo(StoreResult.NOT_HELD);
		store().remove(taken, 5);
		assertThat(store().add(NewLease.creating(hold, DESCRIPTION, 5), UNLIMITED)).isEqualTo(StoreResult.NOT_HELD);
		assertThat(store().findAll()).isEmpty();
	}

	@Test
	protected final void leaseOfARunningSessionIsAddedWithItsAge() {
		LeaseHold hold = newHold("a");
		LeaseDescription adopted = new LeaseDescription("m", false, true, Gpu.T4, Duration.ofMinutes(5),
				Duration.ofMinutes(2), Duration.ofHours(1), null);
		assertThat(store().add(new NewLease(hold, adopted, LeasePhase.CLOSING, "session", 9, Duration.ofMinutes(7)),
				UNLIMITED))
			.isEqualTo(StoreResult.DONE);
		restart();
		StoredLease lease = only();
		assertThat(lease.description()).isEqualTo(adopted);
		assertThat(lease.phase()).isEqualTo(LeasePhase.CLOSING);
		assertThat(lease.sessionId()).isEqualTo("session");
		assertThat(lease.age()).isBetween(Duration.ofMinutes(7), Duration.ofMinutes(8));
	}

	@Test
	protected final void sessionHasOneLease() {
		LeaseHold first = add("a", 5);
		LeaseHold second = add("b", 5);
		assertThat(store().update(first, LeasePhase.HELD, "session")).isEqualTo(StoreResult.DONE);
		assertThat(store().update(first, LeasePhase.CLOSING, "session")).isEqualTo(StoreResult.DONE);
		assertThat(store().update(second, LeasePhase.HELD, "session")).isEqualTo(StoreResult.SESSION_TAKEN);
		assertThat(store().add(NewLease.held(newHold("c"), DESCRIPTION, "session", 5), UNLIMITED))
			.isEqualTo(StoreResult.SESSION_TAKEN);
		assertThat(store().findAll()).extracting(StoredLease::phase)
			.containsExactlyInAnyOrder(LeasePhase.CLOSING, LeasePhase.CREATING);
		store().remove(first, 5);
		restart();
		assertThat(store().update(second, LeasePhase.HELD, "session")).isEqualTo(StoreResult.SESSION_TAKEN);
		assertThat(store().update(second, LeasePhase.HELD, "other")).isEqualTo(StoreResult.DONE);
	}

	@Test
	protected final void sessionOfALeaseThatWasNotUsedIsFree() {
		LeaseHold first = newHold("a");
		store().add(NewLease.held(first, DESCRIPTION, "session", 5), UNLIMITED);
		store().remove(first, 0);
		restart();
		assertThat(store().add(NewLease.held(newHold("a"), DESCRIPTION, "session", 5), UNLIMITED))
			.isEqualTo(StoreResult.DONE);
	}

	@Test
	protected final void oneOfManyClaimsOfASessionSucceeds() {
		List<LeaseHold> holds = new ArrayList<>();
		for (int i = 0; i < THREADS; i++) {
			holds.add(add("a", 5));
		}
		List<StoreResult> results = inParallel(
				(number) -> store().update(holds.get(number), LeasePhase.CLOSING, "session"));
		assertThat(results).filteredOn((result) -> result == StoreResult.DONE).hasSize(1);
		assertThat(results).filteredOn((result) -> result == StoreResult.SESSION_TAKEN).hasSize(THREADS - 1);
	}

	@Test
	protected final void takeoverRaisesTheEpochAndShutsTheOldHolderOut() {
		LeaseHold hold = add("a", 5);
		store().update(hold, LeasePhase.HELD, "session");
		LeaseHold taken = store().takeOver(only(), "b").orElseThrow();
		assertThat(taken).isEqualTo(new LeaseHold(hold.leaseId(), "b", 2));
		restart();
		assertThat(only().hold()).isEqualTo(taken);
		assertThat(only().sessionId()).isEqualTo("session");
		assertThat(store().reserve(hold, 10, UNLIMITED)).isEqualTo(StoreResult.NOT_HELD);
		assertThat(store().update(hold, LeasePhase.CLOSING, null)).isEqualTo(StoreResult.NOT_HELD);
		assertThat(store().remove(hold, 0)).isEqualTo(StoreResult.NOT_HELD);
		assertThat(store().reserve(taken, 10, UNLIMITED)).isEqualTo(StoreResult.DONE);
		assertThat(only().minutes()).isEqualTo(10);
	}

	@Test
	protected final void instanceTakesItsOwnLeaseOver() {
		store().heartbeat("a");
		LeaseHold hold = add("a", 5);
		StoredLease lease = only();
		passTime(Duration.ofSeconds(1));
		store().heartbeat("a");
		LeaseHold taken = store().takeOver(lease, "a").orElseThrow();
		assertThat(taken.epoch()).isEqualTo(2);
		assertThat(store().takeOver(lease, "a")).isEmpty();
		assertThat(store().update(hold, LeasePhase.CLOSING, null)).isEqualTo(StoreResult.NOT_HELD);
		assertThat(store().update(taken, LeasePhase.CLOSING, null)).isEqualTo(StoreResult.DONE);
	}

	@Test
	protected final void leaseOfAHolderThatIsAliveAgainIsNotTakenOver() {
		store().heartbeat("a");
		LeaseHold hold = add("a", 5);
		passTime(LeaseStore.HOLDER_TIMEOUT.plusSeconds(1));
		StoredLease dead = only();
		store().heartbeat("b");
		store().heartbeat("a");
		assertThat(store().takeOver(dead, "b")).isEmpty();
		assertThat(only().hold()).isEqualTo(hold);
		assertThat(store().update(hold, LeasePhase.HELD, "session")).isEqualTo(StoreResult.DONE);
		passTime(LeaseStore.HOLDER_TIMEOUT.plusSeconds(1));
		assertThat(store().takeOver(dead, "b")).isEmpty();
		assertThat(store().takeOver(only(), "b")).contains(hold.takenOverBy("b"));
	}

	@Test
	protected final void firstHeartbeatOfAHolderPreventsATakeover() {
		LeaseHold hold = add("a", 5);
		StoredLease silent = only();
		store().heartbeat("a");
		assertThat(store().takeOver(silent, "b")).isEmpty();
		assertThat(only().hold()).isEqualTo(hold);
	}

	@Test
	protected final void oneOfManyTakeoversSucceeds() {
		add("a", 5);
		StoredLease lease = only();
		List<Optional<LeaseHold>> taken = inParallel((number) -> store().takeOver(lease, "b" + number));
		assertThat(taken).filteredOn(Optional::isPresent).singleElement().isEqualTo(Optional.of(only().hold()));
	}

	@Test
	protected final void holderIsDeadWithoutHeartbeats() {
		store().heartbeat("a");
		store().heartbeat("b");
		add("a", 5);
		passTime(Duration.ofSeconds(1));
		add("b", 5);
		assertThat(store().findAll()).extracting(StoredLease::holderAlive).containsExactly(true, true);
		passTime(LeaseStore.HOLDER_TIMEOUT.minusSeconds(20));
		store().heartbeat("b");
		assertThat(store().findAll()).extracting(StoredLease::holderAlive).containsExactly(true, true);
		passTime(Duration.ofSeconds(21));
		assertThat(store().findAll()).extracting(StoredLease::holderAlive).containsExactly(false, true);
		store().heartbeat("a");
		assertThat(store().findAll()).extracting(StoredLease::holderAlive).containsExactly(true, true);
	}

	@Test
	protected final void lastHeartbeatIsShown() {
		store().heartbeat("a");
		add("a", 5);
		Instant first = only().holderSeenAt();
		passTime(Duration.ofSeconds(1));
		store().heartbeat("b");
		Duration since = Duration.between(only().openedAt(), store().findAll().get(0).holderSeenAt());
		assertThat(since).isLessThan(Duration.ofSeconds(1));
		store().heartbeat("a");
		assertThat(first).isNotNull();
		assertThat(only().holderSeenAt()).isNotNull().isNotEqualTo(first);
	}

	@Test
	protected final void leaseHasAPlaceUntilItIsRemoved() {
		LeaseLimits limits = new LeaseLimits(2, null);
		LeaseHold first = granted(limits, 5);
		LeaseHold second = granted(limits, 5);
		store().update(first, LeasePhase.UNKNOWN, null);
		store().update(second, LeasePhase.CLOSING, "session");
		restart();
		assertThat(add(limits, 5)).isEqualTo(StoreResult.MAX_OPEN_REACHED);
		assertThat(store().findAll()).hasSize(2);
		store().remove(first, 5);
		assertThat(add(limits, 5)).isEqualTo(StoreResult.DONE);
		assertThat(add(limits, 5)).isEqualTo(StoreResult.MAX_OPEN_REACHED);
	}

	@Test
	protected final void minutesOfADayAreCountedUntilTheyAreUsed() {
		LeaseLimits limits = new LeaseLimits(null, 20);
		LeaseHold first = granted(limits, 8);
		granted(limits, 8);
		assertThat(add(limits, 5)).isEqualTo(StoreResult.MAX_GPU_MINUTES_REACHED);
		assertThat(store().findAll()).hasSize(2);
		store().remove(first, 7);
		restart();
		assertThat(add(limits, 6)).isEqualTo(StoreResult.MAX_GPU_MINUTES_REACHED);
		assertThat(add(limits, 5)).isEqualTo(StoreResult.DONE);
	}

	@Test
	protected final void extensionIsRefusedWhenMinutesAreUsedUp() {
		LeaseLimits limits = new LeaseLimits(1, 20);
		LeaseHold hold = granted(limits, 10);
		assertThat(store().reserve(hold, 20, limits)).isEqualTo(StoreResult.DONE);
		assertThat(store().reserve(hold, 21, limits)).isEqualTo(StoreResult.MAX_GPU_MINUTES_REACHED);
		assertThat(only().minutes()).isEqualTo(20);
		assertThat(store().reserve(hold, 20, limits)).isEqualTo(StoreResult.DONE);
		assertThat(store().reserve(hold, 12, new LeaseLimits(1, 10))).isEqualTo(StoreResult.DONE);
		assertThat(only().minutes()).isEqualTo(12);
	}

	@Test
	protected final void minutesOfYesterdayDoNotCount() {
		LeaseLimits limits = new LeaseLimits(null, 20);
		LeaseHold hold = granted(limits, 20);
		store().remove(hold, 20);
		passTime(Duration.ofHours(23));
		assertThat(add(limits, 1)).isEqualTo(StoreResult.MAX_GPU_MINUTES_REACHED);
		passTime(Duration.ofMinutes(70));
		assertThat(add(limits, 11)).isEqualTo(StoreResult.MAX_GPU_MINUTES_REACHED);
		assertThat(add(limits, 10)).isEqualTo(StoreResult.DONE);
		passTime(Duration.ofMinutes(15));
		assertThat(add(limits, 10)).isEqualTo(StoreResult.DONE);
	}

	@Test
	protected final void limitsHoldForManyThreads() {
		LeaseLimits limits = new LeaseLimits(5, null);
		List<Integer> most = inParallel((number) -> {
			int seen = 0;
			for (int i = 0; i < 10; i++) {
				LeaseHold hold = newHold("a" + number);
				if (store().add(NewLease.creating(hold, DESCRIPTION, 1), limits) == StoreResult.DONE) {
					seen = Math.max(seen, store().findAll().size());
					assertThat(store().remove(hold, 0)).isEqualTo(StoreResult.DONE);
				}
			}
			return seen;
		});
		assertThat(most).allSatisfy((seen) -> assertThat(seen).isLessThanOrEqualTo(5))
			.anySatisfy((seen) -> assertThat(seen).isPositive());
		assertThat(store().findAll()).isEmpty();
	}

	@Test
	protected final void minutesHoldForManyThreads() {
		LeaseLimits limits = new LeaseLimits(null, 50);
		List<Integer> granted = inParallel((number) -> {
			LeaseHold hold = newHold("a" + number);
			int minutes = 0;
			if (store().add(NewLease.creating(hold, DESCRIPTION, 1), limits) == StoreResult.DONE) {
				minutes = 1;
				while (store().reserve(hold, minutes + 1, limits) == StoreResult.DONE) {
					minutes++;
				}
			}
			return minutes;
		});
		assertThat(granted.stream().mapToInt(Integer::intValue).sum()).isEqualTo(50);
	}

	@Test
	protected final void interruptOfACallerHarmsNobody() {
		Thread.currentThread().interrupt();
		LeaseHold hold = newHold("a");
		try {
			store().add(NewLease.creating(hold, DESCRIPTION, 5), UNLIMITED);
		}
		catch (RuntimeException ex) {
			// Allowed, if the store continues to work
		}
		finally {
			Thread.interrupted();
		}
		LeaseHold other = add("a", 5);
		assertThat(store().remove(other, 5)).isEqualTo(StoreResult.DONE);
		store().remove(hold, 0);
		restart();
		assertThat(store().findAll()).isEmpty();
	}

	private LeaseStore store() {
		LeaseStore store = this.opened;
		if (store == null) {
			throw new IllegalStateException("The store was not opened");
		}
		return store;
	}

	private void restart() {
		close(store());
		this.opened = open();
	}

	private StoredLease only() {
		List<StoredLease> leases = store().findAll();
		assertThat(leases).hasSize(1);
		return leases.get(0);
	}

	private static StoredLease withHold(StoredLease lease, LeaseHold hold) {
		return new StoredLease(hold, lease.description(), lease.phase(), lease.sessionId(), lease.minutes(),
				lease.openedAt(), lease.age(), lease.holderSeenAt(), lease.holderAlive());
	}

	private LeaseHold add(String instance, int minutes) {
		return add(DESCRIPTION, instance, minutes);
	}

	private LeaseHold add(LeaseDescription description, String instance, int minutes) {
		LeaseHold hold = newHold(instance);
		assertThat(store().add(NewLease.creating(hold, description, minutes), UNLIMITED)).isEqualTo(StoreResult.DONE);
		return hold;
	}

	private LeaseHold granted(LeaseLimits limits, int minutes) {
		LeaseHold hold = newHold("a");
		assertThat(store().add(NewLease.creating(hold, DESCRIPTION, minutes), limits)).isEqualTo(StoreResult.DONE);
		return hold;
	}

	private StoreResult add(LeaseLimits limits, int minutes) {
		return store().add(NewLease.creating(newHold("a"), DESCRIPTION, minutes), limits);
	}

	private static LeaseHold newHold(String instance) {
		return LeaseHold.first(UUID.randomUUID().toString(), instance);
	}

	private static <T> List<T> inParallel(NumberedCall<T> call) {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			List<Callable<T>> calls = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				int number = i;
				calls.add(() -> call.call(number));
			}
			List<T> results = new ArrayList<>();
			for (Future<T> future : threads.invokeAll(calls)) {
				results.add(future.get());
			}
			return results;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
		catch (ExecutionException ex) {
			throw new AssertionError(ex.getCause());
		}
		finally {
			threads.shutdownNow();
		}
	}

	private interface NumberedCall<T> {

		T call(int number);

	}

}

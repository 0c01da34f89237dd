package com.comfydeploy.internal.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import com.comfydeploy.internal.DaemonThreads;
import com.comfydeploy.internal.http.TransportException.Reason;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link Watchdog}.
 */
@Timeout(60)
class WatchdogTests {

	private static final int THREADS = 4;

	/** Exchanges of each thread, so that it takes some time to abort them all. */
	private static final int ENOUGH = 100;

	@Test
	void exchangeThatStartsDuringCloseIsAborted() throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			for (int round = 0; round < 20; round++) {
				Watchdog watchdog = new Watchdog((task) -> DaemonThreads.create("watchdog", null, task),
						new ConnectionPool(System::nanoTime));
				CountDownLatch adding = new CountDownLatch(THREADS);
				List<Future<Exchange>> lastExchanges = new ArrayList<>();
				for (int i = 0; i < THREADS; i++) {
					lastExchanges.add(threads.submit(() -> addUntilClosed(watchdog, adding)));
				}
				adding.await();
				watchdog.close();
				for (Future<Exchange> exchange : lastExchanges) {
					assertThatExceptionOfType(TransportException.class).isThrownBy(exchange.get()::checkNotAborted)
						.returns(Reason.CLOSED, TransportException::getReason);
				}
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	private static Exchange addUntilClosed(Watchdog watchdog, CountDownLatch adding) {
		for (int count = 1;; count++) {
			Exchange exchange = new Exchange(Duration.ofMinutes(5), Duration.ofMinutes(5), null);
			watchdog.add(exchange);
			if (watchdog.isClosed()) {
				return exchange;
			}
			if (count == ENOUGH) {
				adding.countDown();
			}
			if (count > ENOUGH) {
				watchdog.remove(exchange);
			}
		}
	}

}

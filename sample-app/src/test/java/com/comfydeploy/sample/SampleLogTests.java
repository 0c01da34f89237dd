package com.comfydeploy.sample;

import java.util.Iterator;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.TaskRejectedException;

import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionLogEntry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests that the logs of browsers are closed.
 */
@Timeout(120)
class SampleLogTests {

	private final WaitingLog log = new WaitingLog();

	@Test
	void logThatNoThreadReadsIsClosed() {
		try (SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor()) {
			executor.setConcurrencyLimit(1);
			executor.setRejectTasksWhenLimitReached(true);
			SessionLogEmitters emitters = new SessionLogEmitters(executor);
			emitters.emit(this.log);
			WaitingLog rejected = new WaitingLog();
			assertThatExceptionOfType(TaskRejectedException.class).isThrownBy(() -> emitters.emit(rejected));
			assertThat(rejected.isClosed()).isTrue();
			assertThat(this.log.isClosed()).isFalse();
			this.log.close();
		}
	}

	@Test
	void logsAreClosedWhenTheApplicationStops() {
		try (SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor()) {
			SessionLogEmitters emitters = new SessionLogEmitters(executor);
			emitters.emit(this.log);
			emitters.closeAll();
			assertThat(this.log.isClosed()).isTrue();
		}
	}

	/**
	 * Log without entries that blocks until it is closed.
	 */
	private static final class WaitingLog implements SessionLog, Iterator<SessionLogEntry> {

		private final CountDownLatch closed = new CountDownLatch(1);

		boolean isClosed() {
			return this.closed.getCount() == 0;
		}

		@Override
		public Iterator<SessionLogEntry> iterator() {
			return this;
		}

		@Override
		public boolean hasNext() {
			try {
				this.closed.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return false;
		}

		@Override
		public SessionLogEntry next() {
			throw new IllegalStateException("There is none");
		}

		@Override
		public void close() {
			this.closed.countDown();
		}

	}

}

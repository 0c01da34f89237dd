package com.comfydeploy.client;

import java.io.IOException;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whose interrupt is whose.
 */
class OngoingExchangeTests {

	private final OngoingExchange exchange = new OngoingExchange(Duration.ofMinutes(1));

	@Test
	void theInterruptThatEndsAnExchangeIsNotLeftToItsCaller() {
		IOException reason = new IOException();
		this.exchange.end(reason);
		assertThat(Thread.currentThread().isInterrupted()).isTrue();
		assertThat(this.exchange.over()).isSameAs(reason);
		assertThat(Thread.interrupted()).isFalse();
	}

	@Test
	void theInterruptOfSomebodyElseIsLeftToTheCallerThoughTheTimeIsOverToo() {
		Thread.currentThread().interrupt();
		this.exchange.end(new IOException());
		assertThat(this.exchange.over()).isNull();
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void anExchangeThatIsOverCannotBeEnded() {
		assertThat(this.exchange.over()).isNull();
		this.exchange.end(new IOException());
		assertThat(Thread.interrupted()).isFalse();
	}

}

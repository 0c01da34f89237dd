package com.comfydeploy.client;

import java.io.IOException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A name server that does not answer.
 */
@Timeout(60)
class HostLookupTests {

	private static final Duration LONG = Duration.ofMinutes(10);

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private final CountDownLatch lookedUp = new CountDownLatch(1);

	private final CountDownLatch asked = new CountDownLatch(1);

	private final AtomicLong nanoTime = new AtomicLong();

	private final AtomicInteger lookups = new AtomicInteger();

	private final SocketServer server = SocketServer.start((connection) -> {
		connection.readRequest();
		connection.answer(200, "{}");
	});

	private SessionHttpClient client = client(LONG);

	@AfterEach
	void close() throws IOException {
		this.lookedUp.countDown();
		this.client.close();
		this.server.close();
		this.executor.shutdown();
	}

	@Test
	void aLookupThatTakesLongerThanConnectingMayIsNoRequest() throws Exception {
		this.client = client(Duration.ofMillis(100));
		Throwable failure = catchThrowable(() -> send(LONG));
		assertThat(failure).isInstanceOf(HttpConnectTimeoutException.class);
		assertThat(AttemptFailure.of(failure).fate()).isEqualTo(AttemptFailure.Fate.NOT_SENT);
		assertNothingIsSentAfterwards();
	}

	@Test
	void theReadTimeoutBoundsALookup() throws Exception {
		assertThat(catchThrowable(() -> send(Duration.ofMillis(100)))).isInstanceOf(HttpTimeoutException.class);
		assertNothingIsSentAfterwards();
	}

	@Test
	void anInterruptEndsALookup() throws Exception {
		AtomicReference<Throwable> failure = new AtomicReference<>();
		Thread thread = new Thread(() -> failure.set(catchThrowable(() -> send(LONG))));
		thread.start();
		this.asked.await();
		thread.interrupt();
		thread.join();
		assertThat(failure.get()).isInstanceOf(RequestInterruptedException.class);
		assertNothingIsSentAfterwards();
	}

	@Test
	void closingEndsALookup() throws Exception {
		CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(() -> catchThrowable(() -> send(LONG)));
		this.asked.await();
		this.client.close();
		assertThat(failure.get()).isInstanceOf(ClientClosedException.class);
		assertNothingIsSentAfterwards();
	}

	@Test
	void allWaitForOneLookup() throws Exception {
		CompletableFuture<Throwable> first = CompletableFuture.supplyAsync(() -> catchThrowable(() -> send(LONG)));
		this.asked.await();
		assertThat(catchThrowable(() -> send(Duration.ofMillis(100)))).isInstanceOf(HttpTimeoutException.class);
		assertThat(this.lookups).hasValue(1);
		this.lookedUp.countDown();
		assertThat(first.get()).isNull();
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void whatWasJustLookedUpIsNotLookedUpAgain() throws Exception {
		this.lookedUp.countDown();
		send(LONG);
		this.nanoTime.addAndGet(Duration.ofSeconds(10).toNanos() - 1);
		send(LONG);
		assertThat(this.lookups).hasValue(1);
		this.nanoTime.incrementAndGet();
		send(LONG);
		assertThat(this.lookups).hasValue(2);
		assertThat(this.server.requests()).hasSize(3);
	}

	@Test
	void aHostThatThereIsNotIsNoRequest() throws Exception {
		HostLookup lookup = new HostLookup(URI.create("http://nowhere.invalid"), LONG, this.executor, (host) -> {
			throw new UnknownHostException(host);
		}, this.nanoTime::get);
		assertThat(catchThrowable(lookup::await)).isInstanceOf(UnknownHostException.class)
			.hasMessage("nowhere.invalid");
	}

	private void assertNothingIsSentAfterwards() throws InterruptedException {
		this.lookedUp.countDown();
		this.executor.shutdown();
		assertThat(this.executor.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
		assertThat(this.server.connections()).isZero();
	}

	private void send(Duration readTimeout) throws IOException {
		this.client.send(HttpRequest.newBuilder(URI.create(this.server.baseUrl())).build(), true, readTimeout);
	}

	private SessionHttpClient client(Duration timeout) {
		return new SessionHttpClient(HttpClient::newHttpClient, new HostLookup(URI.create(this.server.baseUrl()),
				timeout, this.executor, this::lookUp, this.nanoTime::get));
	}

	private void lookUp(String host) throws IOException {
		this.lookups.incrementAndGet();
		this.asked.countDown();
		try {
			this.lookedUp.await();
		}
		catch (InterruptedException ex) {
			throw new IOException(ex);
		}
	}

}

package com.comfydeploy.client;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;

import org.jspecify.annotations.Nullable;

/**
 * Collects a body up to a number of bytes and gives the connection up there, so that it
 * is closed and never used again.
 */
final class BoundedBody implements BodySubscriber<byte[]> {

	private static final int INITIAL_CAPACITY = 1024;

	private final int bound;

	private final CompletableFuture<byte[]> body = new CompletableFuture<>();

	private byte[] bytes;

	private int size;

	private @Nullable Subscription subscription;

	/**
	 * Create a subscriber.
	 * @param bound the number of bytes at which to stop
	 * @param expected the number of bytes to expect
	 */
	BoundedBody(int bound, int expected) {
		this.bound = bound;
		this.bytes = new byte[Math.min(bound, expected)];
	}

	/**
	 * A handler for a response whose connection may be used again.
	 */
	static BodyHandler<byte[]> handler() {
		return (response) -> {
			long expected = response.headers().firstValueAsLong("Content-Length").orElse(INITIAL_CAPACITY);
			int bound = SessionReply.maxRead(response.statusCode());
			return new BoundedBody(bound, (int) Math.max(0, Math.min(expected, bound)));
		};
	}

	/**
	 * A handler that leaves the body of a success to its reader.
	 */
	static BodyHandler<InputStream> unlessSuccessful(InterruptibleBody body) {
		return (response) -> (response.statusCode() / 100 == 2) ? body
				: BodySubscribers.mapping(handler().apply(response), ByteArrayInputStream::new);
	}

	@Override
	public CompletionStage<byte[]> getBody() {
		return this.body;
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		this.subscription = subscription;
		subscription.request(Long.MAX_VALUE);
	}

	@Override
	public void onNext(List<ByteBuffer> buffers) {
		for (ByteBuffer buffer : buffers) {
			int count = Math.min(buffer.remaining(), this.bound - this.size);
			ensureCapacity(this.size + count);
			buffer.get(this.bytes, this.size, count);
			this.size += count;
		}
		if (this.size == this.bound) {
			complete();
			if (this.subscription != null) {
				this.subscription.cancel();
			}
		}
	}

	@Override
	public void onError(Throwable failure) {
		this.body.completeExceptionally(failure);
	}

	@Override
	public void onComplete() {
		complete();
	}

	private void complete() {
		this.body.complete((this.size == this.bytes.length) ? this.bytes : Arrays.copyOf(this.bytes, this.size));
	}

	private void ensureCapacity(int capacity) {
		if (capacity > this.bytes.length) {
			int doubled = Math.min(this.bound, Math.max(INITIAL_CAPACITY, this.bytes.length * 2));
			this.bytes = Arrays.copyOf(this.bytes, Math.max(capacity, doubled));
		}
	}

}

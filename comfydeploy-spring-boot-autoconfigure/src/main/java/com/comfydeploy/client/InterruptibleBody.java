package com.comfydeploy.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;

import org.jspecify.annotations.Nullable;

/**
 * A body that is read as it comes. Unlike that of the JDK, its reader can be interrupted.
 */
final class InterruptibleBody extends InputStream implements BodySubscriber<InputStream> {

	private static final ByteBuffer END = ByteBuffer.allocate(0);

	private final CompletableFuture<InputStream> self = CompletableFuture.completedFuture(this);

	private final BlockingQueue<ByteBuffer> buffers = new LinkedBlockingQueue<>();

	private final CompletableFuture<Subscription> subscription = new CompletableFuture<>();

	private volatile @Nullable Throwable failure;

	private volatile boolean closed;

	private ByteBuffer current = END;

	private boolean ended;

	@Override
	public CompletionStage<InputStream> getBody() {
		return this.self;
	}

	@Override
	public void onSubscribe(Subscription subscription) {
		this.subscription.complete(subscription);
		if (this.closed) {
			subscription.cancel();
		}
		else {
			subscription.request(1);
		}
	}

	@Override
	public void onNext(List<ByteBuffer> buffers) {
		buffers.stream().filter(ByteBuffer::hasRemaining).forEach(this.buffers::add);
		if (this.buffers.isEmpty()) {
			this.subscription.thenAccept((subscription) -> subscription.request(1));
		}
	}

	@Override
	public void onError(Throwable failure) {
		this.failure = failure;
		this.buffers.add(END);
	}

	@Override
	public void onComplete() {
		this.buffers.add(END);
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xff;
	}

	@Override
	public int read(byte[] bytes, int offset, int length) throws IOException {
		Objects.checkFromIndexSize(offset, length, bytes.length);
		if (length == 0) {
			return 0;
		}
		if (!this.current.hasRemaining() && !advance()) {
			return -1;
		}
		int count = Math.min(length, this.current.remaining());
		this.current.get(bytes, offset, count);
		return count;
	}

	private boolean advance() throws IOException {
		if (this.ended || this.closed) {
			return false;
		}
		this.current = take();
		this.ended = this.current == END;
		if (this.ended && this.failure != null) {
			throw new IOException(this.failure);
		}
		return !this.ended;
	}

	private ByteBuffer take() throws RequestInterruptedException {
		try {
			ByteBuffer buffer = this.buffers.take();
			if (this.buffers.isEmpty() && buffer != END) {
				this.subscription.thenAccept((subscription) -> subscription.request(1));
			}
			return buffer;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new RequestInterruptedException("interrupted while reading");
		}
	}

	@Override
	public void close() {
		this.closed = true;
		this.subscription.thenAccept(Subscription::cancel);
		this.buffers.add(END);
	}

}

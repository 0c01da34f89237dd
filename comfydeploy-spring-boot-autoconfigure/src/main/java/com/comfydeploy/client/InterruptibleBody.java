package com.comfydeploy.client;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Iterator;
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

	/** Not the one empty list that there is, which may come from the JDK too. */
	private static final List<ByteBuffer> END = List.of(ByteBuffer.allocate(0));

	private final CompletableFuture<InputStream> self = CompletableFuture.completedFuture(this);

	/** At most what was asked for, which is one at a time, and the end. */
	private final BlockingQueue<List<ByteBuffer>> arrived = new LinkedBlockingQueue<>();

	private final CompletableFuture<Subscription> subscription = new CompletableFuture<>();

	private volatile @Nullable Throwable failure;

	private volatile boolean closed;

	private Iterator<ByteBuffer> buffers = Collections.emptyIterator();

	private ByteBuffer current = ByteBuffer.allocate(0);

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
		this.arrived.add(buffers);
	}

	@Override
	public void onError(Throwable failure) {
		this.failure = failure;
		this.arrived.add(END);
	}

	@Override
	public void onComplete() {
		this.arrived.add(END);
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
		if (!advance()) {
			return -1;
		}
		int count = Math.min(length, this.current.remaining());
		this.current.get(bytes, offset, count);
		return count;
	}

	private boolean advance() throws IOException {
		while (!this.current.hasRemaining()) {
			if (this.ended || this.closed) {
				return false;
			}
			if (this.buffers.hasNext()) {
				this.current = this.buffers.next();
			}
			else {
				receive();
			}
		}
		return true;
	}

	private void receive() throws IOException {
		List<ByteBuffer> next = take();
		this.ended = next == END;
		if (!this.ended) {
			this.buffers = next.iterator();
			this.subscription.thenAccept((subscription) -> subscription.request(1));
		}
		else if (this.failure != null) {
			throw new IOException(this.failure);
		}
	}

	private List<ByteBuffer> take() throws RequestInterruptedException {
		try {
			return this.arrived.take();
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
		this.arrived.add(END);
	}

}

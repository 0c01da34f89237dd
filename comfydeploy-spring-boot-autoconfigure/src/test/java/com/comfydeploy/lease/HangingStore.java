package com.comfydeploy.lease;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;

import org.jspecify.annotations.Nullable;

/**
 * Lets calls to a store hang until the test releases them. Each call runs on a thread of
 * its own, and the test continues when the call has ended or hangs, so that nothing
 * depends on the speed of the machine.
 */
final class HangingStore implements Interception, Executor, AutoCloseable {

	private final ThreadLocal<Call> current = new ThreadLocal<>();

	private final List<Call> hanging = new ArrayList<>();

	private final List<String> calls = new ArrayList<>();

	private Set<String> methods = Set.of();

	private boolean responseOnly;

	/**
	 * Let the calls of these methods hang from now on, before they are carried out.
	 */
	void hang(String... methods) {
		this.methods = Set.of(methods);
		this.responseOnly = false;
	}

	/**
	 * Let the calls of these methods hang from now on, after they were carried out.
	 */
	void hangAfter(String... methods) {
		this.methods = Set.of(methods);
		this.responseOnly = true;
	}

	/**
	 * Return the methods that were called and have returned, in this order.
	 */
	List<String> calls() {
		return List.copyOf(this.calls);
	}

	/**
	 * Return the number of calls that hang.
	 */
	int hanging() {
		return this.hanging.size();
	}

	/**
	 * Let no call hang any more, and continue those that hang.
	 * @param failure their failure, or {@code null} to carry them out
	 */
	void release(@Nullable RuntimeException failure) {
		this.methods = Set.of();
		for (Call call : List.copyOf(this.hanging)) {
			this.hanging.remove(call);
			if (failure != null) {
				call.released.completeExceptionally(failure);
			}
			call.released.complete(null);
			call.awaitEndOrHang();
		}
	}

	@Override
	public Object call(String method, Callable<Object> call) throws Exception {
		boolean hangs = this.methods.contains(method);
		if (hangs && !this.responseOnly) {
			hang();
		}
		Object result = call.call();
		this.calls.add(method);
		if (hangs && this.responseOnly) {
			hang();
		}
		return result;
	}

	/**
	 * Hang on this thread.
	 */
	void hang() {
		Call call = this.current.get();
		if (call == null) {
			throw new AssertionError("The store is called on a thread that must not wait for it");
		}
		this.hanging.add(call);
		call.paused.release();
		try {
			call.released.join();
		}
		catch (CompletionException ex) {
			throw (RuntimeException) ex.getCause();
		}
	}

	@Override
	public void execute(Runnable task) {
		Call call = new Call();
		Thread thread = new Thread(() -> {
			this.current.set(call);
			try {
				task.run();
			}
			finally {
				call.paused.release();
			}
		});
		thread.setDaemon(true);
		thread.start();
		call.awaitEndOrHang();
	}

	@Override
	public void close() {
		release(new IllegalStateException("the test has ended"));
	}

	private static final class Call {

		private final Semaphore paused = new Semaphore(0);

		private final CompletableFuture<Void> released = new CompletableFuture<>();

		void awaitEndOrHang() {
			this.paused.acquireUninterruptibly();
		}

	}

}

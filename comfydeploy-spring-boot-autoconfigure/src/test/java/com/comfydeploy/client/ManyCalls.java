package com.comfydeploy.client;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

import com.sun.management.UnixOperatingSystemMXBean;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

/**
 * Makes one call on each of many threads, and prints the results.
 */
public final class ManyCalls {

	private static final int MAX_IDLE = 32;

	private final SessionOperations sessions;

	private final int port;

	private final AtomicInteger responses = new AtomicInteger();

	private ManyCalls(int port) {
		this.port = port;
		this.sessions = SessionOperationsBuilder.authorizedBy(() -> "token")
			.baseUrl("http://127.0.0.1:" + port + "/api")
			.connectTimeout(Duration.ofSeconds(80))
			.readTimeout(Duration.ofSeconds(90))
			.retry(RetrySettings.none())
			.build();
	}

	public static void main(String[] args) throws Exception {
		new ManyCalls(Integer.parseInt(args[0])).run(Integer.parseInt(args[1]), args[2].equals("virtual"));
		System.exit(0);
	}

	static long maxFileDescriptors() {
		return (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix)
				? unix.getMaxFileDescriptorCount() : Long.MAX_VALUE;
	}

	private void run(int count, boolean virtual) throws Exception {
		List<RecordedEvent> pinned;
		try (Recording recording = new Recording()) {
			recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO).withStackTrace();
			recording.start();
			// Threads that wait for the initialization of a class are pinned. So the
			// first
			// calls use all classes: also those that simultaneous calls and the recording
			// need
			call(Math.min(count, 1000), virtual, (number) -> this.sessions.get(ManyCallsServer.IMMEDIATE));
			Instant start = Instant.now();
			call(count, virtual, (number) -> call("s" + number));
			recording.stop();
			pinned = events(recording).stream().filter((event) -> event.getStartTime().isAfter(start)).toList();
		}
		pinned.stream().limit(3).forEach(ManyCalls::print);
		int connections = connections("total");
		System.out.println("responses=" + this.responses + " connections=" + connections + " pinned=" + pinned.size()
				+ " idle=" + (awaitIdle() ? "ok" : connections("open")));
	}

	private static void call(int count, boolean virtual, IntConsumer call) throws InterruptedException {
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			int number = i;
			threads.add(start(virtual, () -> call.accept(number)));
		}
		for (Thread thread : threads) {
			thread.join();
		}
	}

	private static void print(RecordedEvent event) {
		System.out.println(event);
		event.getStackTrace()
			.getFrames()
			.forEach((frame) -> System.out.println("  " + frame.getMethod().getType().getName() + "."
					+ frame.getMethod().getName() + ":" + frame.getLineNumber()));
	}

	private void call(String id) {
		try {
			if (this.sessions.get(id).id().equals(id)) {
				this.responses.incrementAndGet();
			}
		}
		catch (RuntimeException ex) {
			System.out.println(ex);
		}
	}

	private static List<RecordedEvent> events(Recording recording) throws IOException {
		Path file = Files.createTempFile("many-calls", ".jfr");
		try {
			recording.dump(file);
			return RecordingFile.readAllEvents(file);
		}
		finally {
			Files.delete(file);
		}
	}

	private boolean awaitIdle() throws IOException {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
		while (connections("open") > MAX_IDLE) {
			if (System.nanoTime() > end) {
				return false;
			}
			Thread.onSpinWait();
		}
		return true;
	}

	/** Ask the server, on a connection that it does not count. */
	private int connections(String which) throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			socket.getOutputStream()
				.write(("GET /connections/" + which + " HTTP/1.1\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
			InputStream in = socket.getInputStream();
			String response = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
			return Integer.parseInt(response.substring(response.indexOf("\r\n\r\n") + 4));
		}
	}

	private static Thread start(boolean virtual, Runnable task) {
		if (virtual) {
			Method method = ClassUtils.getMethod(Thread.class, "startVirtualThread", Runnable.class);
			Thread thread = (Thread) ReflectionUtils.invokeMethod(method, null, task);
			if (thread != null) {
				return thread;
			}
		}
		Thread thread = new Thread(task);
		thread.start();
		return thread;
	}

}

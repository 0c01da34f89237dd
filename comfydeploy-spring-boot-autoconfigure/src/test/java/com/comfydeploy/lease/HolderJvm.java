package com.comfydeploy.lease;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import com.comfydeploy.test.FakeComfyDeploy;

/**
 * A {@link HolderProcess} as its test sees it.
 */
final class HolderJvm implements AutoCloseable {

	/**
	 * Maximum time for what no rule of the leases delays, on a machine that has much else
	 * to do.
	 */
	static final Duration SLOW = Duration.ofMinutes(5);

	private final Process process;

	private final List<String> lines = new CopyOnWriteArrayList<>();

	private final List<String> log = new CopyOnWriteArrayList<>();

	/** Zero once all output is read. */
	private final CountDownLatch read = new CountDownLatch(2);

	private HolderJvm(String... arguments) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx96m",
						"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
						HolderProcess.class.getName()));
		command.addAll(List.of(arguments));
		this.process = new ProcessBuilder(command).start();
		read(this.process.inputReader(StandardCharsets.UTF_8), this.lines);
		read(this.process.errorReader(StandardCharsets.UTF_8), this.log);
	}

	/**
	 * Start a JVM, and wait until it has started.
	 * @param url where it sends its calls to
	 * @param store where it remembers its leases
	 * @param more more arguments
	 */
	static HolderJvm start(FakeComfyDeploy fake, String url, String store, String... more)
			throws IOException, InterruptedException {
		List<String> arguments = new ArrayList<>(List.of("url=" + url, "bearer=" + fake.getBearer(), "store=" + store));
		arguments.addAll(List.of(more));
		HolderJvm jvm = new HolderJvm(arguments.toArray(String[]::new));
		try {
			jvm.await("started", 1, SLOW);
			return jvm;
		}
		catch (AssertionError | InterruptedException ex) {
			jvm.kill();
			throw ex;
		}
	}

	private void read(BufferedReader reader, List<String> lines) {
		Thread thread = new Thread(() -> {
			readAll(reader, lines);
			this.read.countDown();
		});
		thread.setDaemon(true);
		thread.start();
	}

	private static void readAll(BufferedReader reader, List<String> lines) {
		try (reader) {
			reader.lines().forEach(lines::add);
		}
		catch (IOException | RuntimeException ex) {
			// It was killed
		}
	}

	List<String> lines() {
		return this.lines;
	}

	/**
	 * Return what it has logged.
	 */
	List<String> log() {
		return this.log;
	}

	/**
	 * Return the number of lines with a prefix.
	 */
	int count(String beginning) {
		return (int) this.lines.stream().filter((line) -> line.startsWith(beginning)).count();
	}

	boolean hasPrinted(String beginning) {
		return this.lines.stream().anyMatch((line) -> line.startsWith(beginning));
	}

	/**
	 * Kill it, and wait until all of its output is read.
	 */
	void kill() throws InterruptedException {
		this.process.destroyForcibly();
		if (!this.process.waitFor(SLOW.toSeconds(), TimeUnit.SECONDS)) {
			throw new AssertionError("The JVM does not end");
		}
		this.read.await(SLOW.toSeconds(), TimeUnit.SECONDS);
	}

	/**
	 * Let the JVM continue where it blocks.
	 */
	void proceed() throws IOException {
		this.process.getOutputStream().write('\n');
		this.process.getOutputStream().flush();
	}

	void signal(String name) throws IOException, InterruptedException {
		new ProcessBuilder("kill", "-" + name, String.valueOf(this.process.pid())).start().waitFor();
	}

	@Override
	public void close() throws InterruptedException {
		kill();
	}

	/**
	 * Wait until this JVM has printed a number of lines with a prefix.
	 */
	void await(String beginning, int count, Duration timeout) throws InterruptedException {
		try {
			await(count + " times " + beginning, timeout, () -> {
				boolean alive = this.process.isAlive();
				if (count(beginning) >= count) {
					return true;
				}
				if (!alive && this.read.getCount() == 0) {
					throw new AssertionError("The JVM has ended before " + count + " times " + beginning);
				}
				return false;
			});
		}
		catch (AssertionError ex) {
			throw new AssertionError(ex.getMessage() + ": " + this.lines + "\n" + String.join("\n", this.log), ex);
		}
	}

	/**
	 * Let real time pass.
	 */
	static void pass(Duration duration) throws InterruptedException {
		long begin = System.nanoTime();
		await("the end of " + duration, duration.plus(SLOW), () -> System.nanoTime() - begin > duration.toNanos());
	}

	/**
	 * Wait until a condition holds.
	 * @return how long that took
	 */
	static Duration await(String what, Duration timeout, BooleanSupplier condition) throws InterruptedException {
		long begin = System.nanoTime();
		Object monitor = new Object();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - begin > timeout.toNanos()) {
				throw new AssertionError(what + " did not happen within " + timeout);
			}
			synchronized (monitor) {
				monitor.wait(20);
			}
		}
		return Duration.ofNanos(System.nanoTime() - begin);
	}

}

package com.comfydeploy.lease;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A {@link HolderProcess} as its test sees it.
 */
final class HolderJvm implements AutoCloseable {

	private final Process process;

	private final List<String> lines = new CopyOnWriteArrayList<>();

	HolderJvm(String... arguments) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx96m",
						"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
						HolderProcess.class.getName()));
		command.addAll(List.of(arguments));
		this.process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
		Thread reader = new Thread(this::read);
		reader.setDaemon(true);
		reader.start();
	}

	private void read() {
		try (BufferedReader output = this.process.inputReader(StandardCharsets.UTF_8)) {
			output.lines().forEach(this.lines::add);
		}
		catch (IOException | RuntimeException ex) {
			// It was killed
		}
	}

	List<String> lines() {
		return this.lines;
	}

	boolean hasPrinted(String beginning) {
		return this.lines.stream().anyMatch((line) -> line.startsWith(beginning));
	}

	void kill() throws InterruptedException {
		this.process.destroyForcibly();
		this.process.waitFor(30, TimeUnit.SECONDS);
	}

	void signal(String name) throws IOException, InterruptedException {
		new ProcessBuilder("kill", "-" + name, String.valueOf(this.process.pid())).start().waitFor();
	}

	@Override
	public void close() throws InterruptedException {
		kill();
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

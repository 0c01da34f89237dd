package com.comfydeploy.lease.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Tests for the file that {@link FileLeaseStore} writes and reads.
 */
class FileLeaseStoreFileTests {

	private static final LeaseDescription DESCRIPTION = new LeaseDescription("machine", false, false, null,
			Duration.ofMinutes(5), Duration.ofMinutes(2), Duration.ofHours(1), "owner");

	private final MovableClock clock = new MovableClock();

	@TempDir
	private Path directory;

	private Path file;

	@BeforeEach
	void name() {
		this.file = this.directory.resolve("new/leases.log");
	}

	@Test
	void lastLineMayBeTornAnywhere() throws IOException {
		LeaseHold first;
		try (FileLeaseStore store = open()) {
			first = add(store);
		}
		byte[] before = Files.readAllBytes(this.file);
		try (FileLeaseStore store = open()) {
			store.update(first, LeasePhase.HELD, "session");
		}
		byte[] after = Files.readAllBytes(this.file);
		for (int length = before.length; length <= after.length; length++) {
			Files.write(this.file, Arrays.copyOf(after, length));
			try (FileLeaseStore store = open()) {
				assertThat(store.findAll()).as("%d bytes", length)
					.singleElement()
					.extracting(StoredLease::phase)
					.isEqualTo((length == after.length) ? LeasePhase.HELD : LeasePhase.CREATING);
				assertThat(store.update(first, LeasePhase.CLOSING, null)).isEqualTo(StoreResult.DONE);
			}
			try (FileLeaseStore store = open()) {
				assertThat(store.findAll()).extracting(StoredLease::phase).containsExactly(LeasePhase.CLOSING);
			}
		}
	}

	@Test
	void closeDoesNotWaitForACallThatHangs() throws Exception {
		CountDownLatch hanging = new CountDownLatch(1);
		CountDownLatch released = new CountDownLatch(1);
		FileLeaseStore store = new FileLeaseStore(this.file, () -> {
			hanging.countDown();
			try {
				released.await();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
			return Instant.EPOCH;
		});
		Executor threads = (task) -> new Thread(task).start();
		CompletableFuture<Void> call = CompletableFuture.runAsync(() -> store.heartbeat("a"), threads);
		hanging.await();
		CompletableFuture<Void> close = CompletableFuture.runAsync(store::close, threads);
		assertThat(close).failsWithin(Duration.ofSeconds(30))
			.withThrowableThat()
			.havingCause()
			.withMessageContaining("stays locked");
		released.countDown();
		call.join();
		assertThatIllegalStateException().isThrownBy(() -> store.heartbeat("a")).withMessageContaining("is closed");
		store.close();
		open().close();
	}

	@Test
	void headerMayBeTorn() throws IOException {
		open().close();
		byte[] header = Files.readAllBytes(this.file);
		for (int length = 0; length < header.length; length++) {
			Files.write(this.file, Arrays.copyOf(header, length));
			open().close();
			assertThat(this.file).hasBinaryContent(header);
		}
	}

	@Test
	void garbageAfterACrashIsDropped() throws IOException {
		LeaseHold hold;
		try (FileLeaseStore store = open()) {
			hold = add(store);
		}
		Files.write(this.file, new byte[500], StandardOpenOption.APPEND);
		Files.writeString(this.file, "\n\n0123456789\n", StandardOpenOption.APPEND);
		try (FileLeaseStore store = open()) {
			assertThat(store.findAll()).extracting(StoredLease::hold).containsExactly(hold);
		}
	}

	@Test
	void damageBeforeTheEndIsAnError() throws IOException {
		try (FileLeaseStore store = open()) {
			add(store);
			add(store);
		}
		List<String> lines = Files.readAllLines(this.file);
		lines.set(1, lines.get(1).replace("owner", "Owner"));
		Files.write(this.file, lines);
		byte[] damaged = Files.readAllBytes(this.file);
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(this::open)
			.withMessageContainingAll(this.file.toString(), "damaged at line 2");
		assertThat(this.file).hasBinaryContent(damaged);
	}

	@Test
	void fileOfSomethingElseIsLeftAlone() throws IOException {
		Files.createDirectories(this.file.getParent());
		Files.writeString(this.file, "important");
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(this::open)
			.withMessageContainingAll(this.file.toString(), "not a file of leases");
		assertThat(this.file).hasContent("important");
	}

	@Test
	void fileCompactsItself() throws IOException {
		try (FileLeaseStore store = open()) {
			LeaseHold open = add(store);
			for (int i = 0; i < 3000; i++) {
				LeaseHold hold = add(store);
				store.remove(hold, (i < 10) ? 5 : 0);
			}
			assertThat(Files.readAllLines(this.file)).hasSizeLessThan(1100);
			assertThat(store.findAll()).extracting(StoredLease::hold).containsExactly(open);
		}
		try (FileLeaseStore store = open()) {
			assertThat(store.findAll()).hasSize(1);
			assertThat(store.add(NewLease.creating(newHold(), DESCRIPTION, 6), new LeaseLimits(null, 60)))
				.isEqualTo(StoreResult.MAX_GPU_MINUTES_REACHED);
			assertThat(store.add(NewLease.creating(newHold(), DESCRIPTION, 5), new LeaseLimits(null, 60)))
				.isEqualTo(StoreResult.DONE);
			assertThat(this.file.resolveSibling("leases.log.new")).doesNotExist();
		}
	}

	@Test
	void fileThatCannotBeReplacedKeepsGrowing() throws IOException {
		try (FileLeaseStore store = open()) {
			Files.createDirectories(this.file.resolveSibling("leases.log.new").resolve("in use"));
			LeaseHold open = add(store);
			for (int i = 0; i < 600; i++) {
				store.remove(add(store), 0);
			}
			assertThat(Files.readAllLines(this.file)).hasSizeGreaterThan(1200);
			assertThat(store.findAll()).extracting(StoredLease::hold).containsExactly(open);
		}
		try (FileLeaseStore store = open()) {
			assertThat(store.findAll()).hasSize(1);
		}
	}

	@Test
	void fileIsNotOpenTwiceAfterItWasReplaced() throws IOException {
		Path handles = Path.of("/proc/self/fd");
		assumeTrue(Files.isDirectory(handles), "only Linux shows the open files of a process");
		try (FileLeaseStore store = open()) {
			for (int i = 0; i < 600; i++) {
				store.remove(add(store), 0);
			}
			assertThat(Files.readAllLines(this.file)).hasSizeLessThan(1000);
			assertThat(openFiles(handles)).filteredOn((name) -> name.startsWith(this.file.toString()))
				.containsExactlyInAnyOrder(this.file.toString(), this.file + ".lock");
		}
	}

	@Test
	void fileThatCannotBeReopenedOnceIsReopenedLater() throws IOException {
		Path aside = this.file.resolveSibling("aside");
		List<String> lines = new AbstractList<>() {

			@Override
			public Iterator<String> iterator() {
				return List.of("first").iterator();
			}

			@Override
			public String get(int index) {
				return "first";
			}

			/** The file has been moved, and is not open yet. */
			@Override
			public int size() {
				try {
					Files.move(FileLeaseStoreFileTests.this.file, aside);
					Files.createDirectory(FileLeaseStoreFileTests.this.file);
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
				return 1;
			}

		};
		Files.createDirectories(this.file.getParent());
		try (AppendOnlyFile written = new AppendOnlyFile(this.file)) {
			assertThatIOException().isThrownBy(() -> written.replace(lines));
			assertThatIOException().isThrownBy(() -> written.append("lost"));
			Files.delete(this.file);
			Files.move(aside, this.file);
			written.append("second");
		}
		try (AppendOnlyFile read = new AppendOnlyFile(this.file)) {
			assertThat(read.initialLines()).containsExactly("first", "second");
		}
	}

	private static List<String> openFiles(Path handles) throws IOException {
		List<String> names = new ArrayList<>();
		try (DirectoryStream<Path> links = Files.newDirectoryStream(handles)) {
			for (Path link : links) {
				try {
					names.add(Files.readSymbolicLink(link).toString());
				}
				catch (IOException ex) {
					// closed meanwhile
				}
			}
		}
		return names;
	}

	@Test
	void secondStoreInTheSameJvmIsRefused() {
		try (FileLeaseStore store = open()) {
			LeaseHold hold = add(store);
			for (int i = 0; i < 2; i++) {
				assertThatIllegalStateException().isThrownBy(this::open)
					.withMessageContainingAll(this.file.toString(), "in use in this JVM");
			}
			assertThat(store.remove(hold, 0)).isEqualTo(StoreResult.DONE);
		}
		open().close();
	}

	@Test
	void secondJvmIsRefusedUntilTheFirstIsKilled() throws Exception {
		Process holder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), FileHolder.class.getName(), this.file.toString())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		try (BufferedReader output = holder.inputReader(StandardCharsets.UTF_8)) {
			assertThat(output.readLine()).isEqualTo("added");
			assertThatIllegalStateException().isThrownBy(this::open)
				.withMessageContainingAll(this.file.toString(), "in use by another process");
			holder.destroyForcibly();
			assertThat(holder.waitFor(30, TimeUnit.SECONDS)).isTrue();
			try (FileLeaseStore store = open()) {
				assertThat(store.findAll()).singleElement().satisfies((lease) -> {
					assertThat(lease.hold().instance()).isEqualTo("a");
					assertThat(lease.holderAlive()).isFalse();
				});
			}
		}
		finally {
			holder.destroyForcibly();
		}
	}

	@Test
	void closedStoreIsAnError() {
		FileLeaseStore store = open();
		store.close();
		assertThatIllegalStateException().isThrownBy(store::findAll).withMessageContaining("closed");
	}

	private FileLeaseStore open() {
		return new FileLeaseStore(this.file, this.clock);
	}

	static LeaseHold add(LeaseStore store) {
		LeaseHold hold = newHold();
		assertThat(store.add(NewLease.creating(hold, DESCRIPTION, 5), LeaseLimits.none())).isEqualTo(StoreResult.DONE);
		return hold;
	}

	private static LeaseHold newHold() {
		return LeaseHold.first(UUID.randomUUID().toString(), "a");
	}

	/**
	 * Another JVM, which holds a lease until it is killed.
	 */
	public static final class FileHolder {

		private FileHolder() {
		}

		/**
		 * Add a lease and wait.
		 * @param arguments the file
		 * @throws IOException if there is no parent any more
		 */
		public static void main(String[] arguments) throws IOException {
			FileLeaseStore store = new FileLeaseStore(Path.of(arguments[0]));
			store.heartbeat("a");
			add(store);
			System.out.println("added");
			System.in.read();
		}

	}

}

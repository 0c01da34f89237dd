package com.comfydeploy.lease.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;

import org.springframework.util.Assert;

/**
 * {@link LeaseStore} in a file, for one JVM on one disk. Each change is appended to the
 * file and forced to disk. The process that uses the store locks a second file. This lock
 * ends with the process, so the next process knows immediately that earlier holders have
 * died, and does not wait until their heartbeats time out.
 */
public final class FileLeaseStore extends RowLeaseStore implements AutoCloseable {

	private static final int MIN_LINES_TO_COMPACT = 1000;

	private final Path path;

	private final SingleProcessLock processLock;

	private final AppendOnlyFile file;

	private volatile boolean closed;

	/**
	 * Open a file, and create it if it does not exist.
	 * @param path the file; another one in the same directory, whose name ends in
	 * {@code .lock}, is locked as long as this store is open
	 * @throws IllegalStateException if another store has the file open
	 * @throws UncheckedIOException if the file cannot be read or written, or is damaged
	 */
	public FileLeaseStore(Path path) {
		this(path, InstantSource.system());
	}

	FileLeaseStore(Path path, InstantSource clock) {
		super(clock);
		Assert.notNull(path, "path must not be null");
		this.path = path.toAbsolutePath();
		try {
			Files.createDirectories(this.path.getParent());
			this.processLock = SingleProcessLock.of(this.path);
			try {
				this.file = new AppendOnlyFile(this.path);
				try {
					this.file.initialLines().stream().map(LeaseRow::parse).forEach(this::put);
				}
				catch (Throwable ex) {
					this.file.close();
					throw ex;
				}
			}
			catch (Throwable ex) {
				this.processLock.close();
				throw ex;
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot use " + this.path + " for leases: " + reason(ex), ex);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalStateException("Cannot read the leases in " + this.path + ": " + ex.getMessage(), ex);
		}
	}

	/** The message of some exceptions is only the name of a file. */
	private static String reason(IOException ex) {
		boolean isName = ex instanceof FileSystemException failure && failure.getReason() == null;
		return (isName ? ex.getClass().getSimpleName() + ": " : "") + ex.getMessage();
	}

	/**
	 * Close the file, so that another store can open it.
	 * @throws IllegalStateException if a call has not returned within 2 seconds: the file
	 * then stays locked until this JVM ends
	 */
	@Override
	public void close() {
		this.closed = true;
		boolean done = closing(() -> {
			try {
				this.file.close();
				this.processLock.close();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
		Assert.state(done, () -> this.path + " stays locked until this JVM ends: a call has not returned");
	}

	@Override
	public String toString() {
		return "FileLeaseStore[" + this.path + "]";
	}

	@Override
	void checkOpen() {
		Assert.state(!this.closed, () -> this.path + " is closed");
	}

	@Override
	void write(LeaseRow row) {
		compact();
		try {
			this.file.append(row.toLine());
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot write a lease to " + this.path + ": " + ex.getMessage(), ex);
		}
	}

	/**
	 * Rewrite the file when most of its lines are outdated. A file that cannot be
	 * rewritten keeps growing: nothing is lost.
	 */
	private void compact() {
		if (this.file.lines() < MIN_LINES_TO_COMPACT) {
			return;
		}
		Collection<LeaseRow> rows = rows();
		if (this.file.lines() < 4 * rows.size()) {
			return;
		}
		try {
			this.file.replace(rows.stream().map(LeaseRow::toLine).toList());
		}
		catch (IOException ex) {
			// The next change tries again
		}
	}

}

package com.comfydeploy.lease.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lets only one store in one JVM use a file at the same time. The operating system
 * releases the lock when the process ends for any reason.
 */
final class SingleProcessLock implements AutoCloseable {

	/** A second channel on a locked file would drop the lock when it is closed. */
	private static final Set<Path> LOCKED_HERE = ConcurrentHashMap.newKeySet();

	private final Path path;

	private final FileChannel channel;

	private SingleProcessLock(Path path, FileChannel channel) {
		this.path = path;
		this.channel = channel;
	}

	/**
	 * Lock the file that belongs to the given one.
	 * @throws IllegalStateException if another store has it
	 */
	static SingleProcessLock of(Path file) throws IOException {
		Path real = create(file.resolveSibling(file.getFileName() + ".lock")).toRealPath();
		if (!LOCKED_HERE.add(real)) {
			throw inUse(file, "in this JVM");
		}
		boolean locked = false;
		try {
			FileChannel channel = FileChannel.open(real, StandardOpenOption.WRITE);
			try {
				if (channel.tryLock() == null) {
					throw inUse(file, "by another process");
				}
				locked = true;
				return new SingleProcessLock(real, channel);
			}
			finally {
				if (!locked) {
					channel.close();
				}
			}
		}
		finally {
			if (!locked) {
				LOCKED_HERE.remove(real);
			}
		}
	}

	private static Path create(Path lockFile) throws IOException {
		try {
			return Files.createFile(lockFile);
		}
		catch (FileAlreadyExistsException ex) {
			return lockFile;
		}
	}

	private static IllegalStateException inUse(Path file, String where) {
		return new IllegalStateException("The lease file " + file + " is in use " + where
				+ ". Only one JVM can use a file: give each JVM its own file, or use a database for all of them.");
	}

	@Override
	public void close() throws IOException {
		try {
			this.channel.close();
		}
		finally {
			LOCKED_HERE.remove(this.path);
		}
	}

}

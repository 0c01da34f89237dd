package com.comfydeploy.lease.store;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

import org.jspecify.annotations.Nullable;

/**
 * Lines of text that are on the disk when they have been appended. Each line begins with
 * its checksum: a last line that was torn by a crash is dropped, anything else that is
 * damaged is an error.
 * <p>
 * It does not use a {@link FileChannel}, because an interrupt of one writing thread would
 * close the channel for all threads. Not safe for threads.
 */
final class AppendOnlyFile implements AutoCloseable {

	private static final String HEADER = "comfydeploy-leases 1";

	private static final int CHECKSUM = 8;

	private final Path path;

	private final List<String> initialLines;

	private RandomAccessFile file;

	private long length;

	private int lines;

	/** Whether the file was closed to be replaced, and is not open again. */
	private boolean closed;

	AppendOnlyFile(Path path) throws IOException {
		this.path = path;
		this.file = new RandomAccessFile(path.toFile(), "rw");
		try {
			this.initialLines = read();
		}
		catch (Throwable ex) {
			this.file.close();
			throw ex;
		}
	}

	/**
	 * Return the lines that were there when the file was opened.
	 */
	List<String> initialLines() {
		return this.initialLines;
	}

	/**
	 * Return how many lines there are.
	 */
	int lines() {
		return this.lines;
	}

	private List<String> read() throws IOException {
		byte[] content = new byte[Math.toIntExact(this.file.length())];
		this.file.readFully(content);
		List<String> read = new ArrayList<>();
		int valid = 0;
		int damaged = -1;
		int number = 0;
		for (int start = 0; start < content.length;) {
			int end = endOfLine(content, start);
			String line = (end < content.length) ? verified(content, start, end) : null;
			number++;
			if (line == null) {
				damaged = (damaged < 0) ? number : damaged;
			}
			else if (damaged >= 0) {
				throw new IOException("it is damaged at line " + damaged
						+ ". Compare it with the running sessions, then move it to another directory.");
			}
			else {
				read.add(line);
				valid = end + 1;
			}
			start = end + 1;
		}
		this.length = valid;
		if (read.isEmpty() && isBeginningOf(content, encode(HEADER))) {
			write(HEADER);
			syncDirectory();
		}
		else if (read.isEmpty() || !read.remove(0).equals(HEADER)) {
			throw new IOException("it is not a file of leases, or a later version has written it");
		}
		this.lines = read.size();
		return read;
	}

	private static boolean isBeginningOf(byte[] content, byte[] whole) {
		return content.length < whole.length && Arrays.equals(content, 0, content.length, whole, 0, content.length);
	}

	private static int endOfLine(byte[] content, int start) {
		int end = start;
		while (end < content.length && content[end] != '\n') {
			end++;
		}
		return end;
	}

	private static @Nullable String verified(byte[] content, int start, int end) {
		if (end - start <= CHECKSUM) {
			return null;
		}
		String checksum = new String(content, start, CHECKSUM, StandardCharsets.US_ASCII);
		return (checksum.equals(checksum(content, start + CHECKSUM, end)))
				? new String(content, start + CHECKSUM + 1, end - start - CHECKSUM - 1, StandardCharsets.UTF_8) : null;
	}

	private static String checksum(byte[] content, int start, int end) {
		CRC32 checksum = new CRC32();
		checksum.update(content, start, end - start);
		return String.format("%08x", checksum.getValue());
	}

	/**
	 * Append a line, and return when it is on the disk. A line that was written in part
	 * only is overwritten by the next.
	 */
	void append(String line) throws IOException {
		write(line);
		this.lines++;
	}

	private void write(String line) throws IOException {
		byte[] bytes = encode(line);
		reopen();
		this.file.setLength(this.length);
		this.file.seek(this.length);
		this.file.write(bytes);
		this.file.getFD().sync();
		this.length += bytes.length;
	}

	private static byte[] encode(String line) {
		byte[] text = (" " + line).getBytes(StandardCharsets.UTF_8);
		return (checksum(text, 0, text.length) + " " + line + "\n").getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Replace all lines. The old ones stay if this fails. Both files are closed before
	 * the move, because Windows cannot move an open file.
	 */
	void replace(List<String> lines) throws IOException {
		Path replacement = this.path.resolveSibling(this.path.getFileName() + ".new");
		long newLength = write(replacement, lines);
		this.closed = true;
		this.file.close();
		try {
			Files.move(replacement, this.path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
			this.length = newLength;
			this.lines = lines.size();
		}
		finally {
			reopen();
		}
		syncDirectory();
	}

	/** If it fails, the next line tries again. */
	private void reopen() throws IOException {
		if (this.closed) {
			this.file = new RandomAccessFile(this.path.toFile(), "rw");
			this.closed = false;
		}
	}

	private static long write(Path replacement, List<String> lines) throws IOException {
		Files.deleteIfExists(replacement);
		try (RandomAccessFile written = new RandomAccessFile(replacement.toFile(), "rw")) {
			written.write(encode(HEADER));
			for (String line : lines) {
				written.write(encode(line));
			}
			written.getFD().sync();
			return written.length();
		}
	}

	/**
	 * Make the name of a new file durable, where the operating system can.
	 */
	private void syncDirectory() {
		Path directory = this.path.toAbsolutePath().getParent();
		try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
			channel.force(true);
		}
		catch (IOException ex) {
			// Windows cannot open a directory
		}
	}

	@Override
	public void close() throws IOException {
		this.file.close();
	}

}

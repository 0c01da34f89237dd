package com.comfydeploy.comfyui;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import com.comfydeploy.internal.http.TransportRequest;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * A local file that receives an output file in one or more parts: if a response breaks
 * off, the next request asks for the rest.
 */
final class PartialFile {

	private static final Log logger = LogFactory.getLog(PartialFile.class);

	private final Path target;

	private final Path path;

	private long size;

	/** Largest size when the progress was checked. */
	private long largestSize;

	private long total = -1;

	/** Identifies the content, or empty if the file cannot be resumed. */
	private String etag = "";

	/**
	 * Create a file that is renamed to the target once it is complete.
	 */
	PartialFile(Path target) {
		this.target = target.toAbsolutePath();
		this.path = this.target.resolveSibling(UUID.randomUUID() + ".part");
	}

	/**
	 * Return the number of bytes that were received.
	 */
	long size() {
		return this.size;
	}

	/**
	 * Return whether the file has its complete size, or this size is not known.
	 */
	boolean isComplete() {
		return this.total < 0 || this.size == this.total;
	}

	/**
	 * Return the size of the complete file, or -1 if it is not known.
	 */
	long total() {
		return this.total;
	}

	/**
	 * Ask for the rest of the file only, if this is possible.
	 */
	TransportRequest resume(TransportRequest request) {
		return isResumable() ? request.header("Range", "bytes=" + this.size + "-").header("If-Range", this.etag)
				: request;
	}

	private boolean isResumable() {
		return this.size > 0 && !this.etag.isEmpty();
	}

	/**
	 * Start with a complete response, or continue with a partial one. ComfyUI ignores the
	 * ETag in the request, so the one in the response is compared.
	 * @return whether the response is for the part that is missing
	 */
	boolean accept(TransportResponse response) {
		String responseTag = header(response, "ETag");
		if (response.status() == 206) {
			return isResumable() && responseTag.equals(this.etag) && header(response, "Content-Range")
				.equals("bytes " + this.size + "-" + (this.total - 1) + "/" + this.total);
		}
		reset();
		String length = header(response, "Content-Length");
		if (length.matches("[0-9]{1,18}")) {
			this.total = Long.parseLong(length);
			this.etag = responseTag.startsWith("\"") ? responseTag : "";
		}
		return true;
	}

	/**
	 * Return whether the size has grown by a hundredth of the file since the last call,
	 * and the rest can be asked for. A file that is read again from its start makes no
	 * progress until it is larger than before.
	 */
	boolean hasProgressed() {
		long received = this.size - this.largestSize;
		this.largestSize = Math.max(this.largestSize, this.size);
		return isResumable() && received >= Math.max(1, this.total / 100);
	}

	/**
	 * Forget what was received.
	 */
	void reset() {
		this.size = 0;
		this.total = -1;
		this.etag = "";
	}

	/**
	 * Open the local file after the received bytes.
	 */
	OutputStream open() throws IOException {
		return Files.newOutputStream(this.path, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
				(this.size > 0) ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING);
	}

	/** Count bytes that were written. */
	void received(int bytes) {
		this.size += bytes;
	}

	/**
	 * Rename the file to the target, and replace an earlier one.
	 */
	void complete() {
		try {
			Files.move(this.path, this.target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
		}
		catch (IOException ex) {
			throw notWritten(ex);
		}
	}

	/**
	 * Delete the file, unless it was renamed. If it cannot be deleted, there is an
	 * earlier failure, which the caller needs.
	 */
	void delete() {
		try {
			Files.deleteIfExists(this.path);
		}
		catch (IOException ex) {
			logger.warn("Cannot delete the incomplete file " + this.path + ": " + ex);
		}
	}

	UncheckedIOException notWritten(IOException ex) {
		return new UncheckedIOException("Cannot write " + this.target + ": " + reason(ex), ex);
	}

	/** The messages of some failures contain only the name of the incomplete file. */
	private String reason(IOException ex) {
		if (ex instanceof NoSuchFileException) {
			return "its folder does not exist";
		}
		if (ex instanceof AccessDeniedException) {
			return "access is denied";
		}
		return (ex instanceof FileSystemException failure && failure.getReason() != null) ? failure.getReason()
				: String.valueOf(ex.getMessage());
	}

	private static String header(TransportResponse response, String name) {
		return response.headers().getOrDefault(name, List.of("")).get(0);
	}

}

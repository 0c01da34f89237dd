package com.comfydeploy.comfyui;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportRequest;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * Reads an output file of a workflow.
 */
final class FileDownload {

	/** Maximum size of a file that is read into memory. */
	static final long MAX_IN_MEMORY = 64 * 1024 * 1024;

	private static final int BUFFER_SIZE = 64 * 1024;

	private final ComfyUiHttp http;

	private final OutputFile file;

	FileDownload(ComfyUiHttp http, OutputFile file) {
		this.http = http;
		this.file = file;
	}

	byte[] read(ComfyUiCall call) throws InterruptedException {
		return this.http.repeatedly(call, () -> {
			TransportResponse response = ComfyUiHttp
				.successful(this.http.send(call, request(call).maxBody(MAX_IN_MEMORY, BUFFER_SIZE)));
			if (response.isTruncated()) {
				throw RequestFailure.unreadable(response,
						"the file is larger than " + MAX_IN_MEMORY + " bytes: read it into a local file");
			}
			return response.body();
		});
	}

	/**
	 * Read into a temporary file next to the target, and move it there once it is
	 * complete.
	 */
	void read(ComfyUiCall call, Path target, long maxBytes, @Nullable Consumer<ReadProgress> progress)
			throws InterruptedException {
		Path part = target.toAbsolutePath().resolveSibling(target.getFileName() + "." + UUID.randomUUID() + ".part");
		try {
			this.http.repeatedly(call, () -> {
				copy(call, part, maxBytes, progress);
				return part;
			});
			Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			delete(part);
		}
	}

	private void copy(ComfyUiCall call, Path part, long maxBytes, @Nullable Consumer<ReadProgress> progress) {
		try (TransportResponse response = ComfyUiHttp
			.successful(this.http.send(call, request(call).stream(true).maxBody(maxBytes, BUFFER_SIZE)));
				InputStream input = response.stream();
				OutputStream output = Files.newOutputStream(part)) {
			long total = length(response);
			if (total > maxBytes) {
				throw RequestFailure.unreadable(response,
						"the file has " + total + " bytes, and the limit is " + maxBytes);
			}
			byte[] buffer = new byte[BUFFER_SIZE];
			long bytes = 0;
			for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
				output.write(buffer, 0, read);
				bytes += read;
				PromptWaiter.notify(progress, new ReadProgress(bytes, total));
			}
		}
		catch (TransportException ex) {
			throw RequestFailure.of(ex);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot write " + part.getFileName(), ex);
		}
	}

	/** All three parameters are needed: without subfolder, another file is returned. */
	private TransportRequest request(ComfyUiCall call) {
		return this.http.transfer(call,
				this.http.get(call, "/view?filename=" + ComfyUiUrl.segment(this.file.filename()) + "&subfolder="
						+ ComfyUiUrl.segment(this.file.subfolder()) + "&type=" + ComfyUiUrl.segment(this.file.type())));
	}

	private static long length(TransportResponse response) {
		String length = response.headers().getOrDefault("Content-Length", List.of("")).get(0);
		return length.matches("[0-9]{1,18}") ? Long.parseLong(length) : -1;
	}

	private static void delete(Path part) {
		try {
			Files.deleteIfExists(part);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}

package com.comfydeploy.comfyui;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportException.Reason;
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
			TransportResponse response = file(this.http.send(call, request(call).maxBody(MAX_IN_MEMORY, BUFFER_SIZE)),
					Set.of(200));
			if (response.truncated()) {
				throw RequestFailure.unreadable(response,
						"the file is larger than " + MAX_IN_MEMORY + " bytes: read it into a local file");
			}
			return response.body();
		});
	}

	/** Other successful responses have no body, or a part of the file. */
	private static TransportResponse file(TransportResponse response, Set<Integer> statusCodes) {
		if (response.status() == 404 && !RequestFailure.isPage(response)) {
			throw RequestFailure.of(response, "ComfyUI does not have the file. If the file was deleted and the "
					+ "workflow is cached, call freeMemory(), and run the workflow again");
		}
		if (!statusCodes.contains(ComfyUiHttp.successful(response).status())) {
			throw RequestFailure.unreadable(response, "it does not contain the whole file");
		}
		return response;
	}

	/**
	 * Read into a local file. If a response breaks off, the next attempt asks for the
	 * rest, and the number and time of attempts are limited only while none is received.
	 */
	void read(ComfyUiCall call, Path target, long maxBytes, @Nullable Consumer<ReadProgress> progress)
			throws InterruptedException {
		PartialFile part = new PartialFile(target);
		try {
			this.http.repeatedly(call, () -> copy(call, part, maxBytes, progress), part::hasProgressed);
			part.complete();
		}
		finally {
			part.delete();
		}
	}

	private void copy(ComfyUiCall call, PartialFile part, long maxBytes, @Nullable Consumer<ReadProgress> progress) {
		TransportRequest request = part.resume(request(call).stream(true).maxBody(maxBytes, BUFFER_SIZE));
		try (TransportResponse response = this.http.send(call, request)) {
			boolean expected = response.status() != 416 && part.accept(file(response, Set.of(200, 206)));
			if (!expected) {
				part.reset();
				throw new TransportException("the file has changed", null, Reason.IO_ERROR, true);
			}
			if (part.total() > maxBytes) {
				throw RequestFailure.unreadable(response,
						"the file has " + part.total() + " bytes, and the limit is " + maxBytes);
			}
			copy(response, part, progress);
			if (!part.isComplete()) {
				throw new TransportException("the response does not contain the rest of the file", null,
						Reason.IO_ERROR, true);
			}
		}
		catch (TransportException ex) {
			throw RequestFailure.of(ex);
		}
		catch (IOException ex) {
			throw part.notWritten(ex);
		}
	}

	private static void copy(TransportResponse response, PartialFile part, @Nullable Consumer<ReadProgress> progress)
			throws IOException {
		InputStream input = response.stream();
		try (OutputStream output = part.open()) {
			byte[] buffer = new byte[BUFFER_SIZE];
			for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
				output.write(buffer, 0, read);
				part.received(read);
				PromptWaiter.notify(progress, new ReadProgress(part.size(), part.total()));
			}
		}
	}

	/** All three parameters are needed: without subfolder, another file is returned. */
	private TransportRequest request(ComfyUiCall call) {
		return this.http.transfer(call,
				this.http.get(call, "/view?filename=" + ComfyUiUrl.segment(this.file.filename()) + "&subfolder="
						+ ComfyUiUrl.segment(this.file.subfolder()) + "&type=" + ComfyUiUrl.segment(this.file.type())));
	}

}

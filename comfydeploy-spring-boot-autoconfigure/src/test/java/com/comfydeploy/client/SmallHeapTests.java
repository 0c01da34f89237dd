package com.comfydeploy.client;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.UnreadableResponseException;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for bodies of 200 MB in a heap of 64 MB.
 */
@Timeout(120)
class SmallHeapTests {

	private static final int SIZE = 200_000_000;

	@Test
	void bodiesAreBounded() throws Exception {
		try (SocketServer server = SocketServer.start(SmallHeapTests::flood)) {
			assertThat(run(server.baseUrl()))
				.contains("error=ServerError success=UnreadableResponseException again=ServerError");
			assertThat(server.requests()).hasSize(3);
		}
	}

	private static void flood(SocketServer.Connection connection) throws IOException {
		boolean list = connection.readRequest().startsWith("GET /api/sessions");
		connection.write("HTTP/1.1 " + (list ? 200 : 500) + " X\r\nContent-Length: " + SIZE + "\r\n\r\n");
		byte[] block = "x".repeat(100_000).getBytes(StandardCharsets.US_ASCII);
		for (int i = 0; i < SIZE / block.length; i++) {
			connection.write(block);
		}
	}

	private static String run(String baseUrl) throws Exception {
		Path output = Files.createTempFile("small-heap", ".txt");
		Process process = new ProcessBuilder(
				System.getProperty("java.home") + File.separator + "bin" + File.separator + "java", "-Xmx64m", "-cp",
				System.getProperty("java.class.path"), SmallHeap.class.getName(), baseUrl)
			.redirectErrorStream(true)
			.redirectOutput(output.toFile())
			.start();
		try {
			assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
			return Files.readString(output);
		}
		finally {
			process.destroyForcibly();
			Files.delete(output);
		}
	}

	/**
	 * The program with the small heap.
	 */
	static final class SmallHeap {

		private SmallHeap() {
		}

		public static void main(String[] args) {
			SessionOperations sessions = Clients.builder(args[0]).retry(RetrySettings.none()).build();
			Throwable error = catchThrowable(() -> sessions.get("s1"));
			Throwable success = catchThrowable(sessions::list);
			Throwable again = catchThrowable(() -> sessions.get("s1"));
			System.out.println("error=" + error.getClass().getSimpleName() + " success="
					+ success.getClass().getSimpleName() + " again=" + again.getClass().getSimpleName());
			System.exit((error instanceof ComfyDeployApiException && success instanceof UnreadableResponseException) ? 0
					: 1);
		}

	}

}

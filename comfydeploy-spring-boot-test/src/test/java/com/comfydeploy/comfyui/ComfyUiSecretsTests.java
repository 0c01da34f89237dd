package com.comfydeploy.comfyui;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.ByteArrayResource;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Searches for the token in every byte that goes to a session's ComfyUI.
 */
class ComfyUiSecretsTests {

	private static final String TOKEN = "sk-4711-very-secret";

	@Test
	void tokenDoesNotGoToComfyUi(@TempDir Path folder) throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().bearer(TOKEN).start();
				Recorder recorder = new Recorder()) {
			new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
				.withPropertyValues("comfydeploy.base-url=" + fake.getBaseUrl(), "comfydeploy.bearer=" + TOKEN)
				.run((context) -> {
					SessionLease lease = context.getBean(SessionLeases.class)
						.open(CreateSessionRequest.forMachine("00000000-0000-4000-8000-000000000001").build());
					useAll(context.getBean(ComfyUis.class).at(recorder.urlOf(lease.url())), folder);
					lease.close();
				});
			String sent = recorder.received();
			assertThat(sent).contains("POST ", "/prompt", "/ws?clientId=", "/upload/image", "/view?", "/system_stats",
					"/free", "/queue");
			assertThat(sent).doesNotContain(TOKEN).doesNotContainIgnoringCase("authorization", "bearer", "\norigin:");
		}
	}

	private static void useAll(ComfyUi comfyUi, Path folder) {
		comfyUi.upload("a.png", new ByteArrayResource(new byte[] { 1 }));
		ComfyUiResult result = comfyUi.run(Workflows.PICTURE, Duration.ofMinutes(1), (progress) -> {
		});
		comfyUi.read(result.file());
		comfyUi.read(result.file(), folder.resolve("a.png"));
		comfyUi.stats();
		comfyUi.interrupt(result.promptId());
		comfyUi.freeMemory();
	}

	/**
	 * Stands between client and server, and keeps what the client sends.
	 */
	private static final class Recorder implements AutoCloseable {

		private final ServerSocket serverSocket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

		private final ByteArrayOutputStream received = new ByteArrayOutputStream();

		private int port;

		Recorder() throws IOException {
			start(() -> {
				while (!this.serverSocket.isClosed()) {
					Socket client = this.serverSocket.accept();
					Socket server = new Socket(InetAddress.getLoopbackAddress(), this.port);
					start(() -> copy(client, server, true));
					start(() -> copy(server, client, false));
				}
			});
		}

		String urlOf(String url) {
			URI uri = URI.create(url);
			this.port = uri.getPort();
			return "http://localhost:" + this.serverSocket.getLocalPort() + uri.getPath();
		}

		private void copy(Socket from, Socket to, boolean record) throws IOException {
			try (from; to) {
				InputStream input = from.getInputStream();
				OutputStream output = to.getOutputStream();
				byte[] buffer = new byte[8192];
				for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
					if (record) {
						synchronized (this.received) {
							this.received.write(buffer, 0, read);
						}
					}
					output.write(buffer, 0, read);
				}
			}
		}

		/** In Latin-1 no byte is lost. */
		String received() {
			synchronized (this.received) {
				return this.received.toString(StandardCharsets.ISO_8859_1);
			}
		}

		private static void start(Task task) {
			Thread thread = new Thread(() -> {
				try {
					task.run();
				}
				catch (IOException ex) {
					// Closed
				}
			});
			thread.setDaemon(true);
			thread.start();
		}

		@Override
		public void close() throws IOException {
			this.serverSocket.close();
		}

		private interface Task {

			void run() throws IOException;

		}

	}

}

package com.comfydeploy.comfyui;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.ByteArrayResource;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.client.ComfyDeployRestClientCustomizer;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that the token is in no byte that goes to a session's ComfyUI.
 */
class ComfyUiSecretsTests {

	private static final String TOKEN = "sk-4711-very-secret";

	/** Request lines, below the path of the session. */
	private static final List<String> ROUTES = List.of("/prompt HTTP/1.1", "/queue HTTP/1.1", "/interrupt HTTP/1.1",
			"/free HTTP/1.1", "/system_stats HTTP/1.1", "/upload/image HTTP/1.1", "/view?filename=", "/ws?clientId=");

	private static final String HEADER = "X-For-The-Api";

	private static final String HEADER_VALUE = "for-the-api-only";

	private static final Duration RENDER_TIME = Duration.ofSeconds(20);

	@ParameterizedTest
	@CsvSource({ "0.33.0, /api/jobs/", "0.3.39, /history/" })
	void tokenDoesNotGoToComfyUi(String version, String routeOfWait, @TempDir Path folder) throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder()
			.bearer(TOKEN)
			.comfyUiVersion(version)
			.renderTime(RENDER_TIME)
			.start(); Recorder recorder = new Recorder()) {
			new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
				.withPropertyValues("comfydeploy.base-url=" + fake.getBaseUrl(), "comfydeploy.bearer=" + TOKEN)
				.withBean(ComfyDeployRestClientCustomizer.class,
						() -> (builder) -> builder.defaultHeader(HEADER, HEADER_VALUE))
				.run((context) -> {
					SessionLease lease = context.getBean(SessionLeases.class)
						.open(CreateSessionRequest.forMachine(FakeComfyDeploy.MACHINE_ID).build());
					useAll(context.getBean(ComfyUis.class).at(recorder.urlOf(lease.url())), fake, folder);
					lease.close();
				});
			String sent = recorder.received();
			assertThat(ROUTES).allSatisfy((route) -> assertThat(sent).contains(route));
			assertThat(sent).contains(routeOfWait, "Upgrade: websocket");
			assertThat(sent).doesNotContain(TOKEN, HEADER_VALUE)
				.doesNotContain(base64(TOKEN))
				.doesNotContainIgnoringCase(HEADER, "authorization", "bearer", "\norigin:", "cookie");
			// The fake recorded what was sent
			assertThat(fake.comfyUiRequests()).isNotEmpty()
				.allSatisfy((request) -> assertThat(sent)
					.contains(new String(request.toBytes(), StandardCharsets.ISO_8859_1)));
			assertThat(fake.requests("create")).hasSize(1);
		}
	}

	private static String base64(String text) {
		return Base64.getEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
	}

	private static void useAll(ComfyUi comfyUi, FakeComfyDeploy fake, Path folder) {
		comfyUi.upload("a.png", new ByteArrayResource(new byte[] { 1 }));
		AtomicBoolean rendered = new AtomicBoolean();
		ComfyUiResult result = comfyUi.run(Workflows.PICTURE, Duration.ofMinutes(1), (progress) -> {
			if (!rendered.getAndSet(true)) {
				fake.advance(RENDER_TIME);
			}
		});
		comfyUi.read(result.file());
		comfyUi.read(result.file(), folder.resolve("a.png"));
		comfyUi.stats();
		String running = comfyUi.submit(Workflows.picture("running", 2));
		String pending = comfyUi.submit(Workflows.picture("pending", 3));
		comfyUi.interrupt(pending);
		comfyUi.interruptOnAnyVersion(running);
		fake.fail(Fault.drop().carriedOut().on("comfyui-submit"));
		String foundAgain = comfyUi.submit(Workflows.picture("found again", 4));
		fake.advance(RENDER_TIME);
		comfyUi.await(foundAgain, Duration.ofMinutes(1));
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
			Relay.start(() -> {
				while (!this.serverSocket.isClosed()) {
					Socket client = this.serverSocket.accept();
					Socket server = new Socket(InetAddress.getLoopbackAddress(), this.port);
					Relay.start(() -> Relay.copy(client, server, Integer.MAX_VALUE, this.received));
					Relay.start(() -> Relay.copy(server, client));
				}
			});
		}

		String urlOf(String url) {
			URI uri = URI.create(url);
			this.port = uri.getPort();
			return "http://localhost:" + this.serverSocket.getLocalPort() + uri.getPath();
		}

		/** In Latin-1 no byte is lost. */
		String received() {
			return this.received.toString(StandardCharsets.ISO_8859_1);
		}

		@Override
		public void close() throws IOException {
			this.serverSocket.close();
		}

	}

}

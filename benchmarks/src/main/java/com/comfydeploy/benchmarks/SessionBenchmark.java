package com.comfydeploy.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLSocketFactory;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

/**
 * Benchmark of one call with each client, to the same server and with the same headers.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class SessionBenchmark {

	static final String SERVER = "comfydeploy.benchmark.server";

	private static final String ID = "297ec34b-6fa2-4ab1-b9ba-5e3d3eef9c7d";

	private static final CreateSessionRequest CREATE = CreateSessionRequest.forMachine("m1").build();

	private final String baseUrl = System.getProperty(SERVER);

	private final HttpClient httpClient = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final JsonMapper jsonMapper = JsonMapper.builder().build();

	private final RestClient restClient = RestClient.builder()
		.baseUrl(this.baseUrl)
		.requestFactory(new JdkClientHttpRequestFactory(this.httpClient))
		.defaultHeader("User-Agent", "benchmark")
		.build();

	private final RestClient restClientOnHttpClient5 = RestClient.builder()
		.baseUrl(this.baseUrl)
		.requestFactory(new HttpComponentsClientHttpRequestFactory())
		.defaultHeader("User-Agent", "benchmark")
		.build();

	private final SessionOperations plain = builder().build();

	private final SessionOperations observed = builder().observationRegistry(observationRegistry()).build();

	private SessionOperationsBuilder builder() {
		return SessionOperationsBuilder.authorizedBy(() -> "benchmark-token")
			.baseUrl(this.baseUrl)
			.retry(RetrySettings.builder().initialInterval(Duration.ZERO).build());
	}

	private static ObservationRegistry observationRegistry() {
		MeterRegistry meters = new SimpleMeterRegistry();
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
		return registry;
	}

	@TearDown
	public void close() throws Exception {
		((DisposableBean) this.plain).destroy();
		((DisposableBean) this.observed).destroy();
	}

	@Benchmark
	public int rawSocket(RawSocket socket) throws IOException {
		return socket.get();
	}

	@Benchmark
	public JsonSession jdkHttpClient() throws Exception {
		HttpResponse<byte[]> response = this.httpClient
			.send(HttpRequest.newBuilder(URI.create(this.baseUrl + "/session/" + ID))
				.timeout(Duration.ofSeconds(30))
				.header("Authorization", "Bearer benchmark-token")
				.header("User-Agent", "benchmark")
				.header("Accept", "application/json")
				.build(), HttpResponse.BodyHandlers.ofByteArray());
		return this.jsonMapper.readValue(response.body(), JsonSession.class);
	}

	@Benchmark
	public @Nullable JsonSession restClient() {
		return get(this.restClient, ID);
	}

	@Benchmark
	public @Nullable JsonSession httpClient5() {
		return get(this.restClientOnHttpClient5, ID);
	}

	@Benchmark
	public @Nullable JsonSession httpClient5Remote() {
		return get(this.restClientOnHttpClient5, "remote");
	}

	private static @Nullable JsonSession get(RestClient client, String id) {
		return client.get()
			.uri("/session/{id}", id)
			.header("Authorization", "Bearer benchmark-token")
			.header("Accept", "application/json")
			.retrieve()
			.body(JsonSession.class);
	}

	@Benchmark
	public Session ours() {
		return this.plain.get(ID);
	}

	@Benchmark
	public Session oursObserved() {
		return this.observed.get(ID);
	}

	@Benchmark
	public ComfyDeployApiException oursNotFound() {
		try {
			this.observed.get("missing");
			throw new IllegalStateException("found");
		}
		catch (ComfyDeployApiException.NotFound ex) {
			return ex;
		}
	}

	@Benchmark
	public Session oursRetried() {
		return this.observed.get("flaky");
	}

	@Benchmark
	public Session oursRemote() {
		return this.observed.get("remote");
	}

	int rawCreate() throws IOException {
		return RawSocket.create();
	}

	CreatedSession oursCreate() {
		return this.plain.create(CREATE);
	}

	CreatedSession oursCreateObserved() {
		return this.observed.create(CREATE);
	}

	@Benchmark
	public List<Session> oursList(ListSize size) {
		return this.observed.list("list-" + size.size);
	}

	/**
	 * Number of sessions in a list.
	 */
	@State(Scope.Benchmark)
	public static class ListSize {

		@Param({ "10", "1000", "10000" })
		public int size;

	}

	/**
	 * Call with a plain socket, as a lower limit.
	 */
	@State(Scope.Thread)
	public static class RawSocket {

		private static final byte[] REQUEST = ("GET /api/session/" + ID
				+ " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer benchmark-token\r\n"
				+ "User-Agent: benchmark\r\nAccept: application/json\r\n\r\n")
			.getBytes(StandardCharsets.US_ASCII);

		private final byte[] response = new byte[4096];

		private static final byte[] CREATE_REQUEST = ("POST /api/session HTTP/1.1\r\nHost: localhost\r\n"
				+ "Authorization: Bearer benchmark-token\r\nUser-Agent: benchmark\r\nAccept: application/json\r\n"
				+ "Content-Type: application/json\r\nContent-Length: 19\r\n\r\n{\"machine_id\":\"m1\"}")
			.getBytes(StandardCharsets.US_ASCII);

		private @Nullable Socket socket;

		@Setup(Level.Trial)
		public void connect() throws IOException {
			this.socket = open();
		}

		/** Open a connection. The default context resumes TLS sessions. */
		private static Socket open() throws IOException {
			URI uri = URI.create(System.getProperty(SERVER));
			Socket socket = uri.getScheme().equals("https")
					? SSLSocketFactory.getDefault().createSocket(uri.getHost(), uri.getPort())
					: new Socket(uri.getHost(), uri.getPort());
			socket.setTcpNoDelay(true);
			return socket;
		}

		int get() throws IOException {
			if (this.socket == null) {
				throw new IllegalStateException("not connected");
			}
			return exchange(this.socket, REQUEST, this.response);
		}

		static int create() throws IOException {
			try (Socket socket = open()) {
				return exchange(socket, CREATE_REQUEST, new byte[4096]);
			}
		}

		private static int exchange(Socket socket, byte[] request, byte[] response) throws IOException {
			OutputStream out = socket.getOutputStream();
			out.write(request);
			InputStream in = socket.getInputStream();
			int size = 0;
			while (size == 0 || response[size - 1] != '}') {
				size += in.read(response, size, response.length - size);
			}
			return size;
		}

		@TearDown(Level.Trial)
		public void close() throws IOException {
			if (this.socket != null) {
				this.socket.close();
			}
		}

	}

	/**
	 * Session as an application would define it without this client.
	 */
	@JsonIgnoreProperties(ignoreUnknown = true)
	public record JsonSession(String id, @JsonProperty("gpu_event_id") String gpuEventId, String url, String gpu,
			@JsonProperty("created_at") String createdAt, Integer timeout,
			@JsonProperty("timeout_end") String timeoutEnd, @JsonProperty("machine_id") String machineId,
			@JsonProperty("machine_version_id") @Nullable String machineVersionId, String status,
			@JsonProperty("user_id") String userId, @JsonProperty("org_id") String orgId) {

	}

}

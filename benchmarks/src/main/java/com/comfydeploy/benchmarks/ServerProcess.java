package com.comfydeploy.benchmarks;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.springframework.util.FileSystemUtils;

/**
 * Separate process that runs the {@link BenchmarkServer}.
 */
final class ServerProcess implements AutoCloseable {

	private static final String PASSWORD = "benchmark";

	private final Process process;

	private final int port;

	private final int securePort;

	private final Path keyStore;

	private ServerProcess(Process process, int port, int securePort, Path keyStore) {
		this.process = process;
		this.port = port;
		this.securePort = securePort;
		this.keyStore = keyStore;
	}

	static ServerProcess start() throws IOException, InterruptedException {
		Path keyStore = generateCertificate();
		Process process = java(
				List.of("-Djavax.net.ssl.keyStore=" + keyStore, "-Djavax.net.ssl.keyStorePassword=" + PASSWORD),
				System.getProperty("java.class.path"), BenchmarkServer.class)
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		BufferedReader out = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
		return new ServerProcess(process, Integer.parseInt(out.readLine()), Integer.parseInt(out.readLine()), keyStore);
	}

	/** Create a certificate for this run. */
	private static Path generateCertificate() throws IOException, InterruptedException {
		Path keyStore = Files.createTempDirectory("benchmark").resolve("localhost.p12");
		int exit = new ProcessBuilder(
				System.getProperty("java.home") + File.separator + "bin" + File.separator + "keytool", "-genkeypair",
				"-alias", "localhost", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "SAN=dns:localhost",
				"-validity", "2", "-storetype", "PKCS12", "-keystore", keyStore.toString(), "-storepass", PASSWORD)
			.inheritIO()
			.start()
			.waitFor();
		if (exit != 0) {
			throw new IllegalStateException("keytool failed with exit code " + exit);
		}
		return keyStore;
	}

	/**
	 * Create a process with the same Java installation.
	 */
	static ProcessBuilder java(List<String> options, String classPath, Class<?> main, String... arguments) {
		List<String> command = new ArrayList<>();
		command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
		command.addAll(options);
		command.addAll(List.of("-cp", classPath, main.getName()));
		command.addAll(List.of(arguments));
		return new ProcessBuilder(command);
	}

	String url() {
		return "http://localhost:" + this.port + "/api";
	}

	String secureUrl() {
		return "https://localhost:" + this.securePort + "/api";
	}

	/**
	 * Return the JVM options with which a client connects to the server and trusts it.
	 */
	String[] clientOptions(String url) {
		return new String[] { "-D" + SessionBenchmark.SERVER + "=" + url, "-Djavax.net.ssl.trustStore=" + this.keyStore,
				"-Djavax.net.ssl.trustStorePassword=" + PASSWORD };
	}

	/**
	 * Return the number of connections that the server has accepted.
	 */
	int connections() throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + this.port + "/connections"))
			.version(HttpClient.Version.HTTP_1_1)
			.build();
		return Integer.parseInt(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
	}

	@Override
	public void close() {
		this.process.destroy();
		FileSystemUtils.deleteRecursively(this.keyStore.getParent().toFile());
	}

}

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
import java.util.ArrayList;
import java.util.List;

/**
 * The {@link BenchmarkServer} in a process of its own.
 */
final class ServerProcess implements AutoCloseable {

	private final Process process;

	private final int port;

	private ServerProcess(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	static ServerProcess start() throws IOException {
		Process process = java(List.of(), System.getProperty("java.class.path"), BenchmarkServer.class)
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		BufferedReader out = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
		return new ServerProcess(process, Integer.parseInt(out.readLine()));
	}

	/**
	 * A process of this JVM's kind.
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

	/**
	 * How many connections it has taken, those of this question left out.
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
	}

}

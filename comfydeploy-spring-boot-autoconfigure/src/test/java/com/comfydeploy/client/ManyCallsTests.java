package com.comfydeploy.client;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Tests for calls that run at the same time, as many as there are threads: the server
 * responds to none of them before it has received all. Server and client are processes of
 * their own, because each connection is a file descriptor in both.
 */
@Timeout(120)
class ManyCallsTests {

	@Test
	void tenThousandVirtualThreadsPinNoCarrier() throws Exception {
		assumeTrue(Runtime.version().feature() >= 21, "JDK " + Runtime.version().feature() + " has no virtual threads");
		assumeTrue(ManyCalls.maxFileDescriptors() >= 11_000,
				"a process may have only " + ManyCalls.maxFileDescriptors() + " file descriptors");
		assertThat(run("-Xmx512m", "10000", "virtual")).contains("responses=10000 connections=10000 pinned=0 idle=ok");
	}

	@Test
	void twoHundredPlatformThreadsGetTheirResponses() throws Exception {
		assertThat(run("-Xmx64m", "200", "platform")).contains("responses=200 connections=200 pinned=0 idle=ok");
	}

	private static String run(String heap, String count, String kind) throws Exception {
		Path output = Files.createTempFile("many-calls", ".txt");
		Process server = start(List.of(), ManyCallsServer.class, List.of(count)).start();
		try {
			String port = new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))
				.readLine();
			Process client = start(List.of(heap), ManyCalls.class, List.of(port, count, kind))
				.redirectOutput(output.toFile())
				.start();
			try {
				assertThat(client.waitFor(100, TimeUnit.SECONDS)).as("the client has ended").isTrue();
			}
			finally {
				client.destroyForcibly();
			}
			return Files.readString(output);
		}
		finally {
			server.destroyForcibly().waitFor();
			Files.delete(output);
		}
	}

	private static ProcessBuilder start(List<String> options, Class<?> main, List<String> arguments)
			throws IOException {
		List<String> command = new ArrayList<>();
		command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
		command.addAll(options);
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
		command.addAll(arguments);
		return new ProcessBuilder(command).redirectErrorStream(true);
	}

}

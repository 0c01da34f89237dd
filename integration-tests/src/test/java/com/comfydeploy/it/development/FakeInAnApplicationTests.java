package com.comfydeploy.it.development;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for an application with {@code comfydeploy.fake.enabled} in a separate JVM, from
 * classes and from a jar.
 */
class FakeInAnApplicationTests {

	private static final String CLASS_FILE = FakeUser.class.getName().replace('.', '/') + ".class";

	@TempDir
	private Path directory;

	@Test
	void whenRunFromClassesItNeedsNoAccount() throws Exception {
		Path classes = this.directory.resolve("classes");
		Files.createDirectories(classes.resolve(CLASS_FILE).getParent());
		try (InputStream file = classFile()) {
			Files.copy(file, classes.resolve(CLASS_FILE));
		}
		assertThat(run(classes, 0)).contains("fake ComfyDeploy at http://localhost:").contains("Sessions: []");
	}

	@Test
	void whenRunFromAJarItIsRejected() throws Exception {
		assertThat(run(jar(), 1)).contains("APPLICATION FAILED TO START")
			.contains("'comfydeploy.fake.enabled' is true in a packaged application (shop.jar)")
			.doesNotContain("Sessions: []");
	}

	@Test
	void whenRunFromAJarItCanBeAllowed() throws Exception {
		assertThat(run(jar(), 0, "--comfydeploy.fake.allow-packaged=true")).contains("Sessions: []");
	}

	private Path jar() throws IOException {
		Path jar = this.directory.resolve("shop.jar");
		try (OutputStream file = Files.newOutputStream(jar);
				JarOutputStream output = new JarOutputStream(file);
				InputStream classFile = classFile()) {
			output.putNextEntry(new JarEntry(CLASS_FILE));
			classFile.transferTo(output);
		}
		return jar;
	}

	private static InputStream classFile() {
		return FakeUser.class.getResourceAsStream("/" + CLASS_FILE);
	}

	private String run(Path application, int exitCode, String... arguments) throws Exception {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xshare:auto",
						"-XX:TieredStopAtLevel=1", "-cp", application + File.pathSeparator + libraries(),
						FakeUser.class.getName(), "--comfydeploy.fake.enabled=true", "--spring.main.banner-mode=off"));
		command.addAll(List.of(arguments));
		Path output = this.directory.resolve("output.txt");
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
		builder.environment().keySet().removeIf((name) -> name.startsWith("COMFYDEPLOY"));
		Process process = builder.start();
		try {
			assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("ended").isTrue();
			String text = Files.readString(output, StandardCharsets.UTF_8);
			assertThat(process.exitValue()).as(text).isEqualTo(exitCode);
			return text;
		}
		finally {
			process.destroyForcibly();
		}
	}

	/** The class path of this test without its own classes. */
	private static String libraries() {
		return String.join(File.pathSeparator,
				Arrays
					.stream(System.getProperty("surefire.real.class.path", System.getProperty("java.class.path"))
						.split(File.pathSeparator))
					.filter((entry) -> entry.endsWith(".jar"))
					.toList());
	}

}

package com.comfydeploy.examples;

import java.io.IOException;
import java.nio.file.Files;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that the class behind the rendering page of the sample is short, and that
 * {@code README.md} shows all of it.
 */
class SampleCodeTests {

	private static final String CONTROLLER = "sample-app/src/main/java/com/comfydeploy/sample/RenderingController.java";

	private static final int MAX_LINES = 60;

	@Test
	void readmeShowsTheWholeClass() throws IOException {
		String source = read(CONTROLLER);
		String declaration = source.substring(source.indexOf("@RestController")).strip();
		assertThat(declaration.lines().count()).isLessThanOrEqualTo(MAX_LINES);
		assertThat(read("README.md")).contains("```java\n" + declaration.replace("\t", "    ") + "\n```");
	}

	private static String read(String path) throws IOException {
		return Files.readString(RepositoryFile.REPOSITORY.resolve(path));
	}

}

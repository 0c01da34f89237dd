package com.comfydeploy.examples;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that the table of {@code docs/configuration.md} matches the configuration
 * metadata, which an IDE shows.
 */
class ConfigurationPageTests {

	private static final Path PAGE = Path.of("..", "docs", "configuration.md");

	private static final String BEGIN = "<!-- generated -->\n";

	private static final String END = "<!-- end of generated -->\n";

	@Test
	void tableMatchesTheMetadata() throws IOException {
		String page = Files.readString(PAGE);
		int begin = page.indexOf(BEGIN) + BEGIN.length();
		int end = page.indexOf(END);
		assertThat(begin).isGreaterThanOrEqualTo(BEGIN.length()).isLessThanOrEqualTo(end);
		String table = table();
		if (Boolean.getBoolean("docs.update")) {
			Files.writeString(PAGE, page.substring(0, begin) + table + page.substring(end));
			return;
		}
		assertThat(page.substring(begin, end))
			.as("docs/configuration.md is outdated, to update it run: ./mvnw test -pl comfydeploy-spring-boot-test -am "
					+ "-Dtest=ConfigurationPageTests -Dsurefire.failIfNoSpecifiedTests=false -Ddocs.update=true")
			.isEqualTo(table);
	}

	private static String table() throws IOException {
		TreeMap<String, String> rows = new TreeMap<>();
		for (URL resource : metadata()) {
			for (JsonNode property : new ObjectMapper().readTree(resource).path("properties")) {
				String name = property.path("name").asText();
				if (name.startsWith("comfydeploy.")) {
					rows.put(name, row(name, property));
				}
			}
		}
		assertThat(rows).isNotEmpty();
		return "\n| property | default | meaning |\n|---|---|---|\n" + String.join("", rows.values()) + "\n";
	}

	private static String row(String name, JsonNode property) {
		String value = property.path("defaultValue").asText();
		String description = property.path("description").asText();
		assertThat(description).as(name).isNotBlank();
		return "| `" + name + "` | " + (value.isEmpty() ? "" : "`" + value + "` ") + "| "
				+ description.replace("|", "\\|") + " |\n";
	}

	private static List<URL> metadata() throws IOException {
		return Collections.list(ComfyDeployAutoConfiguration.class.getClassLoader()
			.getResources("META-INF/spring-configuration-metadata.json"));
	}

}

package com.comfydeploy.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

import org.springframework.core.io.UrlResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the configuration metadata, which an IDE shows.
 */
class ConfigurationMetadataTests {

	private final List<JsonNode> properties = read();

	@Test
	void propertiesAreDescribedInSentences() {
		assertThat(this.properties).allSatisfy((property) -> assertThat(description(property)).as(name(property))
			.matches("[A-Z].*\\.")
			.doesNotMatch("(The|An?) .*"));
	}

	@Test
	void descriptionsOfSwitchesBeginWithWhether() {
		assertThat(this.properties).filteredOn((property) -> property.path("type").asText().endsWith("Boolean"))
			.isNotEmpty()
			.allSatisfy((property) -> assertThat(description(property)).as(name(property)).startsWith("Whether "));
	}

	@Test
	void propertiesHaveDefaultsUnlessTheyAreOff() {
		assertThat(this.properties).filteredOn((property) -> property.path("defaultValue").isMissingNode())
			.extracting(ConfigurationMetadataTests::name)
			.containsExactly("comfydeploy.bearer", "comfydeploy.lease.instance-id",
					"comfydeploy.lease.max-gpu-minutes-per-day", "comfydeploy.lease.max-open",
					"comfydeploy.ssl.bundle");
	}

	@Test
	void propertiesAreSortedAndNamedOnce() {
		assertThat(this.properties).extracting(ConfigurationMetadataTests::name).isSorted().doesNotHaveDuplicates();
	}

	private static String name(JsonNode property) {
		return property.path("name").asText();
	}

	private static String description(JsonNode property) {
		return property.path("description").asText();
	}

	private static List<JsonNode> read() {
		String classes = ComfyDeployProperties.class.getProtectionDomain().getCodeSource().getLocation().toString();
		String file = "META-INF/spring-configuration-metadata.json";
		List<JsonNode> properties = new ArrayList<>();
		try (InputStream json = UrlResource
			.from((classes.endsWith(".jar")) ? "jar:" + classes + "!/" + file : classes + file)
			.getInputStream()) {
			new ObjectMapper().readTree(json).path("properties").forEach(properties::add);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		assertThat(properties).isNotEmpty();
		return properties;
	}

}

package com.comfydeploy.it;

import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.xml.parsers.DocumentBuilderFactory;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that the published BOM manages the artifacts of this project only, and not Spring
 * Boot.
 */
class PublishedBomTests {

	private Document bom;

	@BeforeEach
	void read() throws Exception {
		Path file = Path.of("..", "..", "comfydeploy-spring-boot-bom", "target", "published-pom.xml");
		this.bom = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
	}

	@Test
	void bomManagesTheArtifactsOfAnApplication() {
		assertThat(texts("artifactId")).containsExactly("comfydeploy-spring-boot-bom",
				"comfydeploy-spring-boot-autoconfigure", "comfydeploy-spring-boot-starter",
				"comfydeploy-spring-boot-test");
		assertThat(texts("groupId")).containsOnly("com.comfydeploy");
	}

	@Test
	void bomHasNeitherParentNorProperties() {
		assertThat(texts("parent")).isEmpty();
		assertThat(texts("properties")).isEmpty();
		assertThat(texts("scope")).isEmpty();
	}

	private Stream<String> texts(String element) {
		NodeList nodes = this.bom.getElementsByTagName(element);
		return IntStream.range(0, nodes.getLength()).mapToObj((index) -> nodes.item(index).getTextContent());
	}

}

package com.comfydeploy.examples;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the documentation: its Java code is an excerpt of a test or of a class that a
 * test uses, except for white space, and its properties, dependencies, modules and links
 * exist.
 */
class DocumentationTests {

	private static final Path REPOSITORY = RepositoryFile.REPOSITORY;

	private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)$(.*?)^```$");

	private static final Pattern PROPERTY = Pattern.compile("(?m)^(comfydeploy\\.[a-z.-]+)=");

	private static final Pattern DEPENDENCY = Pattern.compile("(?s)<dependency>(.*?)</dependency>");

	private static final Pattern COORDINATES = Pattern.compile("['\"]com\\.comfydeploy:([a-z-]+)(?::([^'\"]+))?['\"]");

	private static final Pattern MODULE = Pattern.compile("-pl (\\S+)");

	private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#]*)(?:#([^)]*))?\\)");

	private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

	@Test
	void everyJavaBlockIsAnExcerptOfATestedSource() throws IOException {
		List<String> sources = RepositoryFile.read(".java")
			.stream()
			.filter((source) -> source.path().contains("/src/test/java/") || source.path().startsWith("sample-app/"))
			.map((source) -> onOneLine(source.content()))
			.toList();
		List<RepositoryFile> blocks = blocks("java");
		assertThat(blocks).extracting(RepositoryFile::path).contains("README.md", "docs/testing.md");
		assertThat(blocks)
			.filteredOn((block) -> sources.stream().noneMatch((source) -> source.contains(onOneLine(block.content()))))
			.isEmpty();
	}

	@Test
	void everyPropertyOfABlockExists() throws IOException {
		String metadata = metadata();
		List<RepositoryFile> blocks = blocks("properties");
		assertThat(blocks).extracting(RepositoryFile::path).contains("README.md");
		assertThat(blocks).flatMap((block) -> PROPERTY.matcher(block.content()).results().toList())
			.isNotEmpty()
			.allSatisfy((property) -> assertThat(metadata).contains("\"name\": \"" + property.group(1) + "\""));
	}

	@Test
	void everyDependencyOfABlockExists() throws IOException {
		String pom = Files.readString(REPOSITORY.resolve("pom.xml"));
		List<RepositoryFile> blocks = blocks("xml").stream()
			.filter((block) -> block.content().contains("<dependency>"))
			.toList();
		assertThat(blocks).extracting(RepositoryFile::path).contains("README.md", "docs/testing.md");
		assertThat(blocks).allSatisfy((block) -> {
			boolean managed = block.content().contains("<dependencyManagement>");
			for (MatchResult match : DEPENDENCY.matcher(block.content()).results().toList()) {
				String dependency = match.group(1);
				assertThat(REPOSITORY.resolve(element("artifactId", dependency)).resolve("pom.xml")).exists();
				assertThat(element("groupId", dependency)).isEqualTo(element("groupId", pom));
				if (!managed || dependency.contains("<type>pom</type>")) {
					assertThat(element("version", dependency)).isEqualTo(element("version", pom));
				}
			}
		});
	}

	@Test
	void everyMavenBlockHasItsGradleBlocks() throws IOException {
		for (RepositoryFile page : RepositoryFile.read(".md")) {
			List<List<String>> maven = dependencies(page, "xml", DEPENDENCY);
			assertThat(dependencies(page, "kotlin", COORDINATES)).as(page.path()).isEqualTo(maven);
			assertThat(dependencies(page, "groovy", COORDINATES)).as(page.path()).isEqualTo(maven);
		}
	}

	@Test
	void everyVersionOfAGradleBlockIsCurrent() throws IOException {
		String pom = Files.readString(REPOSITORY.resolve("pom.xml"));
		List<RepositoryFile> blocks = new ArrayList<>(blocks("kotlin"));
		blocks.addAll(blocks("groovy"));
		assertThat(blocks).extracting(RepositoryFile::path).contains("README.md", "docs/testing.md");
		assertThat(blocks).allSatisfy((block) -> {
			boolean managed = block.content().contains("platform");
			for (MatchResult match : COORDINATES.matcher(block.content()).results().toList()) {
				boolean versioned = !managed || match.group(1).endsWith("-bom");
				assertThat(match.group(2)).isEqualTo(versioned ? element("version", pom) : null);
			}
		});
	}

	@Test
	void everyModuleOfACommandExists() throws IOException {
		assertThat(blocks("sh")).flatMap((block) -> MODULE.matcher(block.content()).results().toList())
			.flatMap((modules) -> List.of(modules.group(1).split(",")))
			.isNotEmpty()
			.allSatisfy((module) -> assertThat(REPOSITORY.resolve(module).resolve("pom.xml")).exists());
	}

	@Test
	void everyLinkLeadsSomewhere() throws IOException {
		List<String> broken = new ArrayList<>();
		for (RepositoryFile file : RepositoryFile.read(".md")) {
			Path page = REPOSITORY.resolve(file.path());
			for (MatchResult link : LINK.matcher(file.content()).results().toList()) {
				Path target = link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1));
				if (!Files.exists(target) || (link.group(2) != null && !anchors(target).contains(link.group(2)))) {
					broken.add(file.path() + ": " + link.group());
				}
			}
		}
		assertThat(broken).isEmpty();
	}

	private static List<String> anchors(Path page) throws IOException {
		return HEADING.matcher(Files.readString(page))
			.results()
			.map((heading) -> heading.group(1).toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 -]", "").replace(' ', '-'))
			.toList();
	}

	private static String element(String name, String xml) {
		Matcher element = Pattern.compile("<" + name + ">(.*?)</" + name + ">").matcher(xml);
		assertThat(element.find()).as(name + " in " + xml).isTrue();
		return element.group(1);
	}

	/** Return the artifacts that each block of a language adds, in order. */
	private static List<List<String>> dependencies(RepositoryFile page, String language, Pattern dependency) {
		return blocks(page, language)
			.map((block) -> dependency.matcher(block.content())
				.results()
				.map((match) -> match.group(1))
				.map((text) -> text.contains("<") ? element("artifactId", text) : text)
				.toList())
			.filter((artifacts) -> !artifacts.isEmpty())
			.toList();
	}

	private static List<RepositoryFile> blocks(String language) throws IOException {
		return RepositoryFile.read(".md").stream().flatMap((page) -> blocks(page, language)).toList();
	}

	private static Stream<RepositoryFile> blocks(RepositoryFile page, String language) {
		return BLOCK.matcher(page.content())
			.results()
			.filter((block) -> block.group(1).equals(language))
			.map((block) -> new RepositoryFile(page.path(), block.group(2)));
	}

	private static String metadata() throws IOException {
		Enumeration<URL> resources = ComfyDeployAutoConfiguration.class.getClassLoader()
			.getResources("META-INF/spring-configuration-metadata.json");
		StringBuilder metadata = new StringBuilder();
		for (URL resource : Collections.list(resources)) {
			try (InputStream input = resource.openStream()) {
				metadata.append(new String(input.readAllBytes(), StandardCharsets.UTF_8));
			}
		}
		return metadata.toString();
	}

	private static String onOneLine(String code) {
		return code.strip().replaceAll("\\s+", " ");
	}

}

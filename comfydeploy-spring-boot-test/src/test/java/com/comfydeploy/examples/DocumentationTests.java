package com.comfydeploy.examples;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the documentation shows is real: its Java is an excerpt of a test or of what a
 * test runs, but for white space, and its properties, dependencies, modules and links
 * exist.
 */
class DocumentationTests {

	private static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();

	private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)$(.*?)^```$");

	private static final Pattern PROPERTY = Pattern.compile("(?m)^(comfydeploy\\.[a-z.-]+)=");

	private static final Pattern MODULE = Pattern.compile("-pl (\\S+)");

	private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#]*)(?:#([^)]*))?\\)");

	private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

	@Test
	void everyJavaBlockIsAnExcerptOfATestedSource() throws IOException {
		List<String> sources = read(".java").stream()
			.filter((source) -> source.path().contains("/src/test/java/"))
			.map((source) -> onOneLine(source.content()))
			.toList();
		List<Text> blocks = blocks("java");
		assertThat(blocks).extracting(Text::path).contains("README.md", "docs/testing.md");
		assertThat(blocks)
			.filteredOn((block) -> sources.stream().noneMatch((source) -> source.contains(onOneLine(block.content()))))
			.isEmpty();
	}

	@Test
	void everyPropertyOfABlockExists() throws IOException {
		String metadata = metadata();
		List<Text> blocks = blocks("properties");
		assertThat(blocks).extracting(Text::path).contains("README.md");
		assertThat(blocks).flatMap((block) -> PROPERTY.matcher(block.content()).results().toList())
			.isNotEmpty()
			.allSatisfy((property) -> assertThat(metadata).contains("\"name\": \"" + property.group(1) + "\""));
	}

	@Test
	void everyDependencyOfABlockIsOurs() throws IOException {
		String pom = Files.readString(REPOSITORY.resolve("pom.xml"));
		List<Text> blocks = blocks("xml").stream().filter((block) -> block.content().contains("<dependency>")).toList();
		assertThat(blocks).extracting(Text::path).contains("README.md", "docs/testing.md");
		assertThat(blocks).allSatisfy((block) -> {
			for (String dependency : block.content().strip().split("(?=<dependency>)")) {
				assertThat(REPOSITORY.resolve(element("artifactId", dependency)).resolve("pom.xml")).exists();
				assertThat(element("groupId", dependency)).isEqualTo(element("groupId", pom));
				assertThat(element("version", dependency)).isEqualTo(element("version", pom));
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
		for (Text file : read(".md")) {
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

	private static List<Text> blocks(String language) throws IOException {
		return read(".md").stream()
			.flatMap((file) -> BLOCK.matcher(file.content())
				.results()
				.filter((block) -> block.group(1).equals(language))
				.map((block) -> new Text(file.path(), block.group(2))))
			.toList();
	}

	/** What is built, or hidden, is left out. */
	private static List<Text> read(String extension) throws IOException {
		List<Text> files = new ArrayList<>();
		Files.walkFileTree(REPOSITORY, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
				String name = directory.getFileName().toString();
				boolean skipped = name.equals("target") || (name.startsWith(".") && !directory.equals(REPOSITORY));
				return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				if (file.toString().endsWith(extension)) {
					String path = REPOSITORY.relativize(file).toString().replace(File.separatorChar, '/');
					files.add(new Text(path, Files.readString(file)));
				}
				return FileVisitResult.CONTINUE;
			}

		});
		return files;
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

	/**
	 * A file, or a block of one.
	 *
	 * @param path the file's path in the repository
	 * @param content what is in it
	 */
	private record Text(String path, String content) {

	}

}

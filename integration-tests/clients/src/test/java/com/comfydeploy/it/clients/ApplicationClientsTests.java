package com.comfydeploy.it.clients;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.SpringBootVersion;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that the starter and its HttpCore do not change the library of an application's
 * own HTTP clients.
 */
class ApplicationClientsTests {

	private static final Pattern STARTER = Pattern.compile("comfydeploy-spring-boot-(autoconfigure|starter|test)\\b");

	private static final Pattern HTTP_CORE = Pattern.compile("/httpcore5-\\d");

	@ParameterizedTest
	@EnumSource
	void starterDoesNotChangeTheClients(Library library) throws Exception {
		Map<String, String> without = clients(library::isWithoutStarter);
		assertThat(without).hasSize(5)
			.allSatisfy((client, type) -> assertThat(type)
				.startsWith(client.endsWith("WebClient") ? library.connector : library.factory));
		assertThat(clients(library::isWithStarter)).isEqualTo(without);
	}

	@Test
	void classPathsDifferOnlyByTheStarter() throws Exception {
		String httpCore = "org/apache/hc/core5/http/HttpRequest.class";
		String starter = "com/comfydeploy/session/SessionOperations.class";
		try (URLClassLoader with = classLoader(Library.NONE::isWithStarter);
				URLClassLoader without = classLoader(Library.NONE::isWithoutStarter)) {
			assertThat(Stream.of(httpCore, starter)).allSatisfy((type) -> {
				assertThat(with.getResource(type)).isNotNull();
				assertThat(without.getResource(type)).isNull();
			});
		}
	}

	@Test
	void httpCoreHasTheVersionThatSpringBootManages() {
		Pattern jar = Pattern.compile("/httpcore5(-h2|-reactive)?-(\\d.*)\\.jar");
		List<String> versions = classPath().map(jar::matcher)
			.filter(Matcher::find)
			.map((matcher) -> matcher.group(2))
			.toList();
		assertThat(versions).hasSize(3).containsOnly(versions.get(0));
	}

	@Test
	void springBootIsOfTheLineOfTheModule() {
		assertThat(SpringBootVersion.getVersion()).startsWith(System.getProperty("spring-boot.line") + ".");
	}

	@SuppressWarnings("unchecked")
	private static Map<String, String> clients(Predicate<String> classPath) throws Exception {
		Thread thread = Thread.currentThread();
		ClassLoader before = thread.getContextClassLoader();
		try (URLClassLoader loader = classLoader(classPath)) {
			thread.setContextClassLoader(loader);
			Class<?> application = loader.loadClass(ApplicationClients.class.getName());
			return ((Callable<Map<String, String>>) application.getConstructor().newInstance()).call();
		}
		finally {
			thread.setContextClassLoader(before);
		}
	}

	private static URLClassLoader classLoader(Predicate<String> classPath) {
		URL[] urls = classPath().filter(classPath).map(ApplicationClientsTests::url).toArray(URL[]::new);
		return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
	}

	private static Stream<String> classPath() {
		return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator));
	}

	private static URL url(String entry) {
		try {
			return new File(entry).toURI().toURL();
		}
		catch (MalformedURLException ex) {
			throw new IllegalArgumentException(entry, ex);
		}
	}

	enum Library {

		NONE("Jdk", "Jdk", "(?!)"),

		/** WebClient uses Jetty only with Jetty's reactive client. */
		JETTY("Jetty", "Jdk", "jetty-"),

		REACTOR_NETTY("Reactor", "Reactor", "(reactor-)?netty-"),

		HTTP_CLIENT_5("HttpComponents", "HttpComponents", "http(client5|core5-h2|core5-reactive)-");

		private final String factory;

		private final String connector;

		private final Pattern jars;

		Library(String factory, String connector, String jars) {
			this.factory = factory;
			this.connector = connector;
			this.jars = Pattern.compile("/" + jars);
		}

		boolean isWithStarter(String entry) {
			return Stream.of(values()).noneMatch((library) -> library != this && library.jars.matcher(entry).find());
		}

		/** HttpClient 5 adds HttpCore without the starter too. */
		boolean isWithoutStarter(String entry) {
			return isWithStarter(entry) && !STARTER.matcher(entry).find()
					&& (this == HTTP_CLIENT_5 || !HTTP_CORE.matcher(entry).find());
		}

	}

}

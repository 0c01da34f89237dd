package com.comfydeploy.autoconfigure;

import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;

import org.springframework.beans.BeanUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Class path without some libraries. A task runs on it with its own copies of all
 * classes, like an application without these libraries. A {@code FilteredClassLoader}
 * hides libraries only from users of the context's class loader.
 */
final class ReducedClassPath {

	private ReducedClassPath() {
	}

	/**
	 * Run a task without some libraries.
	 * @param task the task, which is loaded again
	 * @param argument the argument of the task
	 * @param missing the prefixes of the missing jars
	 */
	static void run(Class<? extends Consumer<String>> task, String argument, String... missing) throws IOException {
		ClassLoader original = Thread.currentThread().getContextClassLoader();
		try (URLClassLoader classLoader = new URLClassLoader(urls(missing), ClassLoader.getPlatformClassLoader())) {
			Thread.currentThread().setContextClassLoader(classLoader);
			run(classLoader, task.getName(), argument);
		}
		finally {
			Thread.currentThread().setContextClassLoader(original);
		}
	}

	@SuppressWarnings("unchecked")
	private static void run(ClassLoader classLoader, String task, String argument) {
		try {
			((Consumer<String>) BeanUtils.instantiateClass(classLoader.loadClass(task))).accept(argument);
		}
		catch (ClassNotFoundException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static URL[] urls(String... missing) {
		String[] paths = System.getProperty("java.class.path").split(File.pathSeparator);
		URL[] urls = Arrays.stream(paths)
			.filter((path) -> !isMissing(path, missing))
			.map(ReducedClassPath::url)
			.toArray(URL[]::new);
		assertThat(urls).hasSizeLessThanOrEqualTo(paths.length - missing.length);
		return urls;
	}

	private static boolean isMissing(String path, String... missing) {
		String name = Path.of(path).getFileName().toString();
		return Arrays.stream(missing).anyMatch(name::startsWith);
	}

	private static URL url(String path) {
		try {
			return Path.of(path).toUri().toURL();
		}
		catch (MalformedURLException ex) {
			throw new IllegalStateException(ex);
		}
	}

}

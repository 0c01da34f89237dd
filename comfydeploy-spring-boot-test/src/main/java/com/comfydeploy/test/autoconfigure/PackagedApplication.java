package com.comfydeploy.test.autoconfigure;

import java.io.File;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.system.ApplicationHome;
import org.springframework.core.NativeDetector;
import org.springframework.util.ClassUtils;

/**
 * Detects a packaged application: an archive, also an unpacked one, or a native image,
 * but not the classes of a build or an IDE.
 */
final class PackagedApplication {

	/** Spring Boot's launchers are only in what it has packaged, also when unpacked. */
	private static final String LAUNCHER = "org.springframework.boot.loader.launch.Launcher";

	private PackagedApplication() {
	}

	/**
	 * Return how the application is packaged.
	 * @param beanFactory the factory with the bean of the application's class
	 * @return a description for a message, or {@code null} if it is not packaged
	 */
	static @Nullable String find(ListableBeanFactory beanFactory) {
		if (NativeDetector.inNativeImage()) {
			return "a native image";
		}
		for (String name : beanFactory.getBeanNamesForAnnotation(SpringBootConfiguration.class)) {
			Class<?> type = beanFactory.getType(name, false);
			File source = (type != null) ? new ApplicationHome(ClassUtils.getUserClass(type)).getSource() : null;
			if (source != null && (source.isFile() || source.getParentFile().getName().endsWith("-INF"))) {
				return source.getName();
			}
		}
		return ClassUtils.isPresent(LAUNCHER, null) ? "unpacked by Spring Boot's launcher" : null;
	}

}

package com.comfydeploy.client;

import java.lang.reflect.Method;
import java.net.http.HttpClient;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * What JDK 17's {@link HttpClient} lacks.
 */
final class HttpClients {

	private static final @Nullable Method SHUTDOWN_NOW = ClassUtils.getMethodIfAvailable(HttpClient.class,
			"shutdownNow");

	private HttpClients() {
	}

	/**
	 * End a client's threads at once, since JDK 21; before, they end when the client has
	 * been garbage collected.
	 */
	static void shutdown(HttpClient client) {
		if (SHUTDOWN_NOW != null) {
			ReflectionUtils.invokeMethod(SHUTDOWN_NOW, client);
		}
	}

}

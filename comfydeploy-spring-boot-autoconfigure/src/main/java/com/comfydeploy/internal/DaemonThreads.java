package com.comfydeploy.internal;

import org.jspecify.annotations.Nullable;

/**
 * Creates daemon threads. They inherit nothing from the thread that creates them, which
 * would otherwise be kept alive in memory, or its application in a container.
 */
public final class DaemonThreads {

	private DaemonThreads() {
	}

	/**
	 * Create a daemon thread, and do not start it.
	 * @param name the name of the thread
	 * @param contextClassLoader the context class loader, {@code null} for none
	 * @param task the task that the thread runs
	 * @return the thread
	 */
	public static Thread create(String name, @Nullable ClassLoader contextClassLoader, Runnable task) {
		Thread thread = new Thread(null, task, name, 0, false);
		thread.setContextClassLoader(contextClassLoader);
		thread.setDaemon(true);
		return thread;
	}

}

package com.comfydeploy.internal.http;

import java.lang.reflect.Method;

import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Starts platform threads, and virtual threads if the JDK has them.
 */
final class Threads {

	private static final Method START_VIRTUAL_THREAD = ClassUtils.getMethodIfAvailable(Thread.class,
			"startVirtualThread", Runnable.class);

	private Threads() {
	}

	static boolean areVirtualThreadsThere() {
		return START_VIRTUAL_THREAD != null;
	}

	static Thread start(boolean virtual, Runnable task) {
		if (virtual) {
			return (Thread) ReflectionUtils.invokeMethod(START_VIRTUAL_THREAD, null, task);
		}
		Thread thread = new Thread(task);
		thread.start();
		return thread;
	}

}

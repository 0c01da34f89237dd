package com.comfydeploy.client;

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aot.hint.BindingReflectionHintsRegistrar;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.util.ReflectionUtils;

/**
 * {@link RuntimeHintsRegistrar} for the reflection of the client.
 */
class ClientRuntimeHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		new BindingReflectionHintsRegistrar().registerReflectionHints(hints.reflection(),
				SessionJson.class.getDeclaredClasses());
		new BindingReflectionHintsRegistrar().registerReflectionHints(hints.reflection(),
				MachineJson.class.getDeclaredClasses());
		hints.resources().registerPattern("com/comfydeploy/client/version.properties");
		hints.proxies().registerJdkProxy(AopProxyUtils.completeJdkProxyInterfaces(AttemptSender.class));
		// Spring Retry looks for its annotation on the method of the target
		hints.reflection().registerMethod(sendMethod(AttemptSender.class), ExecutableMode.INVOKE);
		hints.reflection().registerMethod(sendMethod(RestClientAttemptSender.class), ExecutableMode.INVOKE);
	}

	private static Method sendMethod(Class<?> type) {
		Method method = ReflectionUtils.findMethod(type, "send", SessionCall.class);
		if (method == null) {
			throw new IllegalStateException("There is no send method in " + type);
		}
		return method;
	}

}

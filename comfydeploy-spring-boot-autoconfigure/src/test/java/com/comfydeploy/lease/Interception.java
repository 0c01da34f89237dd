package com.comfydeploy.lease;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.Callable;

import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.SessionOperations;

/**
 * Interceptor with which a test acts before, after or instead of a call.
 */
@FunctionalInterface
interface Interception {

	/**
	 * Make a call.
	 * @param method the name of the method
	 * @param call makes the intercepted call
	 * @return the result of the call
	 */
	Object call(String method, Callable<Object> call) throws Exception;

	default LeaseStore store(LeaseStore store) {
		return proxy(LeaseStore.class, store);
	}

	default SessionOperations operations(SessionOperations operations) {
		return proxy(SessionOperations.class, operations);
	}

	private <T> T proxy(Class<T> type, T target) {
		return type
			.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, arguments) -> {
				if (method.getDeclaringClass() == Object.class) {
					return type.getSimpleName();
				}
				if (method.getName().equals("with")) {
					return operations(((SessionOperations) target).with((CallOptions) arguments[0]));
				}
				return call(method.getName(), () -> invoke(method, target, arguments));
			}));
	}

	private static Object invoke(Method method, Object target, Object[] arguments) throws Exception {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			if (ex.getCause() instanceof Exception cause) {
				throw cause;
			}
			throw ex;
		}
	}

}

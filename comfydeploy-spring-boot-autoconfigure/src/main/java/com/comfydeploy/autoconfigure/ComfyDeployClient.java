package com.comfydeploy.autoconfigure;

import java.util.function.Supplier;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.util.function.SingletonSupplier;

import com.comfydeploy.client.SessionClient;

/**
 * Holder of the client that the beans for sessions and machines share. The client is
 * created with the first of these beans, and closed after all beans that use it.
 */
class ComfyDeployClient implements DisposableBean {

	private final SingletonSupplier<SessionClient> client;

	private volatile boolean initialized;

	ComfyDeployClient(Supplier<SessionClient> builder) {
		this.client = SingletonSupplier.of(() -> {
			SessionClient client = builder.get();
			this.initialized = true;
			return client;
		});
	}

	SessionClient get() {
		return this.client.obtain();
	}

	@Override
	public void destroy() {
		if (this.initialized) {
			get().close();
		}
	}

}

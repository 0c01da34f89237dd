package com.comfydeploy.autoconfigure;

import java.util.function.Supplier;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.util.function.SingletonSupplier;

import com.comfydeploy.client.SessionClient;

/**
 * The client that the beans for sessions and for machines share. It is built when the
 * first of them is, and closed after all that use them.
 */
class ComfyDeployClient implements DisposableBean {

	private final SingletonSupplier<SessionClient> client;

	private volatile boolean built;

	ComfyDeployClient(Supplier<SessionClient> builder) {
		this.client = SingletonSupplier.of(() -> {
			SessionClient client = builder.get();
			this.built = true;
			return client;
		});
	}

	SessionClient get() {
		return this.client.obtain();
	}

	@Override
	public void destroy() {
		if (this.built) {
			get().close();
		}
	}

}

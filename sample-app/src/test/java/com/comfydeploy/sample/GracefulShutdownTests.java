package com.comfydeploy.sample;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.client.RestClient;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for a request in progress while the application stops.
 */
@Timeout(120)
class GracefulShutdownTests {

	private final CountDownLatch served = new CountDownLatch(1);

	@Test
	void requestKeepsItsLeaseUntilItsResponse() throws Exception {
		try (FakeComfyDeploy comfyDeploy = FakeComfyDeploy.start()) {
			ConfigurableApplicationContext context = new SpringApplicationBuilder(SampleApplication.class)
				.initializers((created) -> addRoute((GenericApplicationContext) created))
				.run("--server.port=0", "--server.shutdown=graceful", "--comfydeploy.bearer=" + comfyDeploy.getBearer(),
						"--comfydeploy.base-url=" + comfyDeploy.getBaseUrl());
			CompletableFuture<String> response = CompletableFuture
				.supplyAsync(() -> RestClient.create("http://localhost:" + port(context))
					.get()
					.uri("/use")
					.retrieve()
					.body(String.class));
			this.served.await();
			context.close();
			assertThat(response.get(60, TimeUnit.SECONDS)).isEqualTo("open, and up");
			assertThat(comfyDeploy.requests("create")).hasSize(1);
			assertThat(comfyDeploy.requests("cancel")).hasSize(1);
			assertThat(comfyDeploy.requests()).last()
				.satisfies((request) -> assertThat(request.operation()).isEqualTo("get"));
		}
	}

	private void addRoute(GenericApplicationContext context) {
		context.registerBean(RouterFunction.class,
				() -> RouterFunctions.route().GET("/use", (request) -> ServerResponse.ok().body(use(context))).build());
	}

	/** Request handler that does not close its lease: the application closes it. */
	private String use(GenericApplicationContext context) {
		SessionLease lease = context.getBean(SessionLeases.class)
			.open(CreateSessionRequest.forMachine(UUID.randomUUID().toString()).build());
		this.served.countDown();
		awaitShutdown(port(context));
		boolean up = context.getBean(SessionOperations.class).get(lease.sessionId()).timeoutEnd() != null;
		return (lease.isOpen() ? "open" : "closed") + ", and " + (up ? "up" : "down");
	}

	/** Wait until the web server rejects connections, because it is shutting down. */
	private static void awaitShutdown(int port) {
		while (true) {
			try (Socket connected = new Socket(InetAddress.getLoopbackAddress(), port)) {
				Thread.onSpinWait();
			}
			catch (IOException ex) {
				return;
			}
		}
	}

	private static int port(ConfigurableApplicationContext context) {
		return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
	}

}

package com.comfydeploy.client;

import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the path of a call through the classes of this library.
 */
@Timeout(60)
class CallPathTests {

	/**
	 * The proxy selector is asked on the thread of the call, while the transport opens a
	 * connection.
	 */
	@Test
	void callPassesFiveClassesToTheTransport() throws Exception {
		ProxySelector original = ProxySelector.getDefault();
		RecordingSelector selector = new RecordingSelector();
		try (SocketServer server = SocketServer.start((connection) -> {
			connection.readRequest();
			connection.respond(200, "{\"id\":\"s1\",\"session_id\":\"s1\"}");
		})) {
			SessionOperations sessions = Clients.build(Clients.builder(server.baseUrl()), new TestTime());
			ProxySelector.setDefault(selector);
			sessions.get("s1");
			Clients.close(sessions);
		}
		finally {
			ProxySelector.setDefault(original);
		}
		assertThat(selector.path).containsExactly("client.DefaultSessionOperations", "client.CallExecutor",
				"client.RestClientAttemptSender", "client.SessionHttpRequestFactory", "internal.http.HttpTransport",
				"internal.http.Connector");
	}

	/**
	 * A selector without proxies that records the stack.
	 */
	private static final class RecordingSelector extends ProxySelector {

		private static final String PREFIX = "com.comfydeploy.";

		private List<String> path = List.of();

		@Override
		public List<Proxy> select(URI uri) {
			List<String> path = Arrays.stream(Thread.currentThread().getStackTrace())
				.map(StackTraceElement::getClassName)
				.filter((name) -> name.startsWith(PREFIX) && !name.contains("Tests") && !name.contains("$Proxy"))
				.map((name) -> name.substring(PREFIX.length()).replaceFirst("\\$.*", ""))
				.distinct()
				.toList();
			this.path = new ArrayList<>(path);
			Collections.reverse(this.path);
			return List.of(Proxy.NO_PROXY);
		}

		@Override
		public void connectFailed(URI uri, SocketAddress address, IOException ex) {
			throw new AssertionError(ex);
		}

	}

}

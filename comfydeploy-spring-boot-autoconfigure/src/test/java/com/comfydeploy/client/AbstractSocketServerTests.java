package com.comfydeploy.client;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

import org.junit.jupiter.api.AfterEach;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.SocketServer.Script;
import com.comfydeploy.internal.json.Jackson2Codec;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

/**
 * Base of tests of a client against a {@link SocketServer}.
 */
abstract class AbstractSocketServerTests {

	static final int MAX_ATTEMPTS = 3;

	final TestTime time = new TestTime();

	SocketServer server;

	SessionOperations sessions;

	private final JsonCodec json;

	AbstractSocketServerTests() {
		this(new Jackson2Codec());
	}

	AbstractSocketServerTests(JsonCodec json) {
		this.json = json;
	}

	@AfterEach
	void close() throws Exception {
		if (this.sessions != null) {
			Clients.close(this.sessions);
		}
		if (this.server != null) {
			this.server.close();
		}
	}

	static Script respondingWith(String contentType, String headers, byte[] body) {
		return (connection) -> {
			while (true) {
				connection.readRequest();
				connection.write("HTTP/1.1 200 OK\r\nContent-Type: " + contentType + "\r\n" + headers
						+ "Content-Length: " + body.length + "\r\n\r\n");
				connection.write(body);
			}
		};
	}

	static void keepResponding(SocketServer.Connection connection) throws Exception {
		while (true) {
			connection.readRequest();
			connection.respond(200, SessionFixtures.SESSION_JSON);
		}
	}

	void start(Script script) {
		start(script, (builder) -> {
		});
	}

	void start(Script script, Consumer<SessionOperationsBuilder> settings) {
		start(SocketServer.start(script), "http", settings);
	}

	/**
	 * Start a client of a server.
	 * @param scheme the scheme of the URL that the client calls
	 */
	void start(SocketServer server, String scheme, Consumer<SessionOperationsBuilder> settings) {
		try {
			close();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		this.server = server;
		SessionOperationsBuilder builder = Clients.builder(scheme + "://localhost:" + server.port() + "/api")
			.retry(RetrySettings.builder().maxAttempts(MAX_ATTEMPTS).build());
		settings.accept(builder);
		this.sessions = Clients.build(builder, this.time, this.json);
	}

	static byte[] utf8(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}

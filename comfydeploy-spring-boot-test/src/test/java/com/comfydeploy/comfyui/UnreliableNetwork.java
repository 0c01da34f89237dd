package com.comfydeploy.comfyui;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Network between a client and a server that closes some connections before it reads
 * anything, or in the middle of a response, and delays others.
 */
final class UnreliableNetwork implements AutoCloseable {

	private final ServerSocket serverSocket = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());

	private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(1);

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final Map<Behavior, Integer> behaviors = new EnumMap<>(Behavior.class);

	private final AtomicInteger stalled = new AtomicInteger();

	private final URI server;

	private final Random random;

	private final int stallEvery;

	private int connections;

	/**
	 * Create a network.
	 * @param stallEvery the number of connections of which one never gets a response if
	 * it is for a POST, zero for none
	 */
	UnreliableNetwork(URI server, long seed, int stallEvery) throws IOException {
		this.server = server;
		this.random = new Random(seed);
		this.stallEvery = stallEvery;
		Relay.start(() -> {
			while (!this.serverSocket.isClosed()) {
				accept(this.serverSocket.accept());
			}
		});
	}

	/** Return the URL of the server through this network. */
	String url() {
		return "http://localhost:" + this.serverSocket.getLocalPort() + this.server.getPath();
	}

	private void accept(Socket client) throws IOException {
		this.sockets.add(client);
		Behavior behavior = nextBehavior();
		this.behaviors.merge(behavior, 1, Integer::sum);
		if (behavior == Behavior.CLOSE) {
			client.close();
			return;
		}
		Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.server.getPort());
		this.sockets.add(socket);
		client.setTcpNoDelay(true);
		socket.setTcpNoDelay(true);
		int bytes = (behavior == Behavior.BREAK) ? 20 + this.random.nextInt(400) : Integer.MAX_VALUE;
		if (behavior == Behavior.STALL) {
			Relay.start(() -> stall(client, socket));
			return;
		}
		Relay.start(() -> Relay.copy(client, socket));
		switch (behavior) {
			case DELAY -> this.executor.schedule(
					() -> Relay.start(() -> Relay.copy(socket, client, bytes, OutputStream.nullOutputStream())), 20,
					TimeUnit.MILLISECONDS);
			default -> Relay.start(() -> Relay.copy(socket, client, bytes, OutputStream.nullOutputStream()));
		}
	}

	/** A POST arrives, and its response does not. */
	private void stall(Socket client, Socket server) throws IOException {
		byte[] first = client.getInputStream().readNBytes(4);
		server.getOutputStream().write(first);
		if (new String(first, StandardCharsets.US_ASCII).equals("POST")) {
			this.stalled.incrementAndGet();
			Relay.start(() -> server.getInputStream().readAllBytes());
		}
		else {
			Relay.start(() -> Relay.copy(server, client));
		}
		Relay.copy(client, server);
	}

	private Behavior nextBehavior() {
		if (this.stallEvery > 0 && ++this.connections % this.stallEvery == 0) {
			return Behavior.STALL;
		}
		double value = this.random.nextDouble();
		if (value < 0.02) {
			return Behavior.CLOSE;
		}
		if (value < 0.04) {
			return Behavior.BREAK;
		}
		return (value < 0.09) ? Behavior.DELAY : Behavior.PASS;
	}

	/** Check that each kind of failure occurred. */
	void check() {
		assertThat(this.behaviors).containsKeys(Behavior.CLOSE, Behavior.BREAK, Behavior.DELAY, Behavior.PASS);
		assertThat(this.stalled.get() > 0).isEqualTo(this.stallEvery > 0);
	}

	@Override
	public void close() throws IOException {
		this.executor.shutdownNow();
		this.serverSocket.close();
		for (Socket socket : this.sockets) {
			socket.close();
		}
	}

	private enum Behavior {

		PASS, CLOSE, BREAK, DELAY, STALL

	}

}

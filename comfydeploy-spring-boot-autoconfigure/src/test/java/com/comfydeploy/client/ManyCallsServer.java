package com.comfydeploy.client;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Server that responds to no request for a session before it has received a number of
 * them. It prints its port, and ends with its parent process.
 */
public final class ManyCallsServer {

	/** A session for which it responds immediately. */
	static final String IMMEDIATE = "immediate";

	private final int count;

	private final Selector selector;

	private final Map<SocketChannel, String> pending = new LinkedHashMap<>();

	private int open;

	private int total;

	private ManyCallsServer(int count) throws IOException {
		this.count = count;
		this.selector = Selector.open();
	}

	public static void main(String[] args) throws IOException {
		Thread parent = new Thread(() -> {
			try {
				System.in.transferTo(OutputStream.nullOutputStream());
			}
			catch (IOException ex) {
				// The parent has ended
			}
			System.exit(0);
		});
		parent.setDaemon(true);
		parent.start();
		new ManyCallsServer(Integer.parseInt(args[0])).run();
	}

	private void run() throws IOException {
		ServerSocketChannel server = ServerSocketChannel.open();
		server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10_000);
		server.configureBlocking(false);
		server.register(this.selector, SelectionKey.OP_ACCEPT);
		System.out.println(server.socket().getLocalPort());
		while (true) {
			this.selector.select();
			for (SelectionKey key : this.selector.selectedKeys()) {
				if (key.isAcceptable()) {
					SocketChannel channel = server.accept();
					channel.configureBlocking(false);
					channel.register(this.selector, SelectionKey.OP_READ, new Connection());
				}
				else {
					read((SocketChannel) key.channel(), (Connection) key.attachment());
				}
			}
			this.selector.selectedKeys().clear();
		}
	}

	private void read(SocketChannel channel, Connection connection) throws IOException {
		ByteBuffer bytes = ByteBuffer.allocate(2048);
		if (!isOpen(channel, bytes)) {
			channel.close();
			this.open -= connection.counted ? 1 : 0;
			return;
		}
		connection.request.append(StandardCharsets.US_ASCII.decode(bytes.flip()));
		if (connection.request.indexOf("\r\n\r\n") < 0) {
			return;
		}
		String path = connection.request.substring(4, connection.request.indexOf(" ", 4));
		connection.request.setLength(0);
		if (path.startsWith("/connections/")) {
			respond(channel, Integer.toString(path.endsWith("open") ? this.open : this.total));
			channel.close();
			return;
		}
		if (!connection.counted && !path.endsWith("/" + IMMEDIATE)) {
			connection.counted = true;
			this.open++;
			this.total++;
		}
		respondTo(path.substring(path.lastIndexOf('/') + 1), channel);
	}

	private static boolean isOpen(SocketChannel channel, ByteBuffer bytes) {
		try {
			return channel.read(bytes) >= 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private void respondTo(String sessionId, SocketChannel channel) throws IOException {
		if (sessionId.equals(IMMEDIATE)) {
			respond(channel, session(sessionId));
			return;
		}
		this.pending.put(channel, sessionId);
		if (this.pending.size() == this.count) {
			for (Map.Entry<SocketChannel, String> each : this.pending.entrySet()) {
				respond(each.getKey(), session(each.getValue()));
			}
			this.pending.clear();
		}
	}

	private static String session(String id) {
		return "{\"id\":\"" + id + "\",\"session_id\":\"" + id + "\"}";
	}

	private static void respond(SocketChannel channel, String body) throws IOException {
		channel.write(StandardCharsets.US_ASCII.encode("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
				+ "Content-Length: " + body.length() + "\r\n\r\n" + body));
	}

	/**
	 * State of a connection.
	 */
	private static final class Connection {

		private final StringBuilder request = new StringBuilder();

		private boolean counted;

	}

}

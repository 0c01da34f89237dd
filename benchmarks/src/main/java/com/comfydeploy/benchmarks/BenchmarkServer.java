package com.comfydeploy.benchmarks;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLServerSocketFactory;

/**
 * Server that responds immediately and with a single write. It runs in a separate
 * process, so that its allocations are not measured. It prints its ports for HTTP and
 * HTTPS, and ends at the end of its standard input.
 */
public final class BenchmarkServer {

	static final String SESSION = "{\"id\":\"297ec34b-6fa2-4ab1-b9ba-5e3d3eef9c7d\","
			+ "\"session_id\":\"297ec34b-6fa2-4ab1-b9ba-5e3d3eef9c7d\","
			+ "\"gpu_event_id\":\"2181c474-505b-4185-931f-86c3262d6eca\","
			+ "\"url\":\"https://013e3a339c744f1f9575.r5.modal.host\",\"gpu\":\"A10G\","
			+ "\"created_at\":\"2026-11-23T18:51:51.371385\",\"timeout\":15,"
			+ "\"timeout_end\":\"2026-11-23T19:06:51.386390\","
			+ "\"machine_id\":\"00000000-0000-4000-8000-000000000001\",\"machine_version_id\":null,"
			+ "\"status\":\"running\",\"user_id\":\"user_test\",\"org_id\":\"org_test\"}";

	private static final Map<String, byte[]> LISTS = new HashMap<>();

	private static final AtomicInteger CONNECTIONS = new AtomicInteger();

	private BenchmarkServer() {
	}

	public static void main(String[] args) throws IOException {
		for (int size : new int[] { 10, 1000, 10_000 }) {
			LISTS.put("list-" + size, response(200, "[" + (SESSION + ",").repeat(size - 1) + SESSION + "]"));
		}
		try (ServerSocket server = new ServerSocket(0, 2000, InetAddress.getLoopbackAddress());
				ServerSocket secure = SSLServerSocketFactory.getDefault()
					.createServerSocket(0, 2000, InetAddress.getLoopbackAddress())) {
			System.out.println(server.getLocalPort());
			System.out.println(secure.getLocalPort());
			daemon(() -> accept(server));
			daemon(() -> accept(secure));
			while (System.in.read() >= 0) {
				// Wait until the parent process has ended
			}
		}
	}

	private static void accept(ServerSocket server) {
		try {
			while (true) {
				Socket socket = server.accept();
				socket.setTcpNoDelay(true);
				CONNECTIONS.incrementAndGet();
				daemon(() -> serve(socket));
			}
		}
		catch (IOException ex) {
			// The socket was closed
		}
	}

	private static void serve(Socket socket) {
		byte[] session = response(200, SESSION);
		byte[] notFound = response(404, "{\"detail\":\"GPUEvent not found\"}");
		byte[] busy = response(503, "{\"detail\":\"busy\"}");
		try (socket) {
			InputStream in = new BufferedInputStream(socket.getInputStream(), 8192);
			OutputStream out = socket.getOutputStream();
			boolean failed = false;
			while (true) {
				String head = readHead(in);
				if (head.isEmpty()) {
					return;
				}
				byte[] response = session;
				int list = head.indexOf("machine_id=list-");
				if (list > 0) {
					response = LISTS.get(head.substring(list + 11, head.indexOf(' ', list)));
				}
				else if (head.startsWith("GET /connections")) {
					response = response(200, Integer.toString(CONNECTIONS.get()));
				}
				else if (head.startsWith("GET /api/session/missing")) {
					response = notFound;
				}
				else if (head.startsWith("GET /api/session/flaky")) {
					failed = !failed;
					response = failed ? busy : session;
				}
				else if (head.startsWith("GET /api/session/remote")) {
					pause();
				}
				out.write(response);
			}
		}
		catch (IOException ex) {
			// The client closed the connection
		}
	}

	/** Simulate the round trip to a server in the same region. */
	private static void pause() {
		try {
			TimeUnit.MILLISECONDS.sleep(20);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static String readHead(InputStream in) throws IOException {
		StringBuilder head = new StringBuilder();
		int length = 0;
		StringBuilder line = new StringBuilder();
		int c;
		while ((c = in.read()) >= 0) {
			head.append((char) c);
			if (c == '\n') {
				String text = line.toString().trim();
				if (text.isEmpty()) {
					in.skipNBytes(length);
					return head.toString();
				}
				if (text.regionMatches(true, 0, "content-length:", 0, 15)) {
					length = Integer.parseInt(text.substring(15).trim());
				}
				line.setLength(0);
			}
			else {
				line.append((char) c);
			}
		}
		return "";
	}

	private static byte[] response(int status, String body) {
		return ("HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
				+ "\r\n\r\n" + body)
			.getBytes(StandardCharsets.US_ASCII);
	}

	private static void daemon(Runnable task) {
		Thread thread = new Thread(task);
		thread.setDaemon(true);
		thread.start();
	}

}

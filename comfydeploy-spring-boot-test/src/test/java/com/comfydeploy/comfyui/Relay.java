package com.comfydeploy.comfyui;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * Copies bytes between the sockets of a client and a server, on threads of its own.
 */
final class Relay {

	private Relay() {
	}

	static void start(Task task) {
		Thread thread = new Thread(() -> {
			try {
				task.run();
			}
			catch (IOException ex) {
				// Closed
			}
		});
		thread.setDaemon(true);
		thread.start();
	}

	/**
	 * Copy bytes until there are no more, and close both sockets.
	 * @param maxBytes the number of bytes after which the sockets are closed
	 * @param record receives the bytes before they are forwarded
	 */
	static void copy(Socket from, Socket to, int maxBytes, OutputStream record) throws IOException {
		try (from; to) {
			InputStream input = from.getInputStream();
			OutputStream output = to.getOutputStream();
			byte[] buffer = new byte[8192];
			int left = maxBytes;
			for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
				int count = Math.min(read, left);
				record.write(buffer, 0, count);
				output.write(buffer, 0, count);
				left -= count;
				if (left == 0) {
					return;
				}
			}
		}
	}

	static void copy(Socket from, Socket to) throws IOException {
		copy(from, to, Integer.MAX_VALUE, OutputStream.nullOutputStream());
	}

	/**
	 * Task of a thread.
	 */
	interface Task {

		void run() throws IOException;

	}

}

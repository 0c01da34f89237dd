package com.comfydeploy.test;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The server's side of a WebSocket connection.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-5">RFC 6455, 5</a>
 */
final class WebSocketFrames {

	private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

	private static final int MAX_PAYLOAD = 4 * 1024 * 1024;

	private static final int TEXT = 1;

	private static final int BINARY = 2;

	private static final int CLOSE = 8;

	private static final int PING = 9;

	private static final int PONG = 10;

	private final DataInputStream input;

	private final OutputStream output;

	WebSocketFrames(InputStream input, OutputStream output) {
		this.input = new DataInputStream(input);
		this.output = output;
	}

	/**
	 * Compute the {@code Sec-WebSocket-Accept} of a handshake.
	 * @param key the client's {@code Sec-WebSocket-Key}
	 */
	static String accept(String key) {
		try {
			byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
			return Base64.getEncoder().encodeToString(hash);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	void sendText(String text) throws IOException {
		send(TEXT, text.getBytes(StandardCharsets.UTF_8));
	}

	void sendBinary(byte[] bytes) throws IOException {
		send(BINARY, bytes);
	}

	/**
	 * Respond to the client's frames until it closes the connection.
	 */
	void readUntilClosed() throws IOException {
		while (true) {
			int opcode = this.input.readUnsignedByte() & 0x0f;
			byte[] payload = readPayload();
			if (opcode == PING) {
				send(PONG, payload);
			}
			if (opcode == CLOSE) {
				send(CLOSE, payload);
				return;
			}
		}
	}

	private byte[] readPayload() throws IOException {
		int second = this.input.readUnsignedByte();
		long length = second & 0x7f;
		if (length == 126) {
			length = this.input.readUnsignedShort();
		}
		else if (length == 127) {
			length = this.input.readLong();
		}
		if (length < 0 || length > MAX_PAYLOAD) {
			throw new IOException("A frame is too large");
		}
		byte[] mask = ((second & 0x80) != 0) ? this.input.readNBytes(4) : new byte[4];
		byte[] payload = this.input.readNBytes((int) length);
		if (mask.length < 4 || payload.length < length) {
			throw new EOFException("A frame is incomplete");
		}
		for (int i = 0; i < payload.length; i++) {
			payload[i] ^= mask[i % 4];
		}
		return payload;
	}

	private synchronized void send(int opcode, byte[] payload) throws IOException {
		byte[] head;
		if (payload.length < 126) {
			head = new byte[] { (byte) (0x80 | opcode), (byte) payload.length };
		}
		else if (payload.length <= 0xffff) {
			head = new byte[] { (byte) (0x80 | opcode), 126, (byte) (payload.length >> 8), (byte) payload.length };
		}
		else {
			head = new byte[] { (byte) (0x80 | opcode), 127, 0, 0, 0, 0, (byte) (payload.length >> 24),
					(byte) (payload.length >> 16), (byte) (payload.length >> 8), (byte) payload.length };
		}
		this.output.write(head);
		this.output.write(payload);
		this.output.flush();
	}

}

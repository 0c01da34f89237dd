package com.comfydeploy.internal.http;

import java.io.IOException;
import java.io.OutputStream;

/**
 * The body of a request.
 */
public interface RequestBody {

	/**
	 * Return the length in bytes.
	 * @return the length, or -1 if it is not known, for a chunked body
	 */
	long length();

	/**
	 * Write the body. Called once more if a proxy asks for a password.
	 * @param out the stream to write to, which is not to be closed
	 * @throws IOException if the body cannot be read or the stream not written
	 */
	void writeTo(OutputStream out) throws IOException;

	/**
	 * Create a body of bytes.
	 * @param bytes the bytes, not copied
	 * @return the body
	 */
	static RequestBody of(byte[] bytes) {
		return new RequestBody() {

			@Override
			public long length() {
				return bytes.length;
			}

			@Override
			public void writeTo(OutputStream out) throws IOException {
				out.write(bytes);
			}

		};
	}

}

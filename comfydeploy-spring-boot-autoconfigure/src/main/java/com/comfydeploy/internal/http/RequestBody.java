package com.comfydeploy.internal.http;

import java.io.IOException;
import java.io.OutputStream;

/**
 * The body of a request.
 */
public interface RequestBody {

	/**
	 * Return the length in bytes.
	 * @return the length, or -1 if it is not known: the body is then chunked
	 */
	long length();

	/**
	 * Write the body. Called a second time if a proxy requires authentication.
	 * @param out the stream to write to; must not be closed
	 * @throws IOException if the body cannot be read, or writing fails
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

package com.comfydeploy.internal.http;

import java.time.Duration;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import org.jspecify.annotations.Nullable;

/**
 * What all exchanges of a transport have in common.
 *
 * @param name the prefix of its threads' names
 * @param connectTimeout the limit for lookup, connect, proxy and TLS handshake together
 * @param sslContext certificates, or {@code null} for the JVM's default
 * @param sslParameters protocols and ciphers, or {@code null} for the context's own
 */
public record TransportSettings(String name, Duration connectTimeout, @Nullable SSLContext sslContext,
		@Nullable SSLParameters sslParameters) {

}

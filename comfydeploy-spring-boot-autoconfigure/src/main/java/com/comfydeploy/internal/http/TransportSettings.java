package com.comfydeploy.internal.http;

import java.time.Duration;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import org.jspecify.annotations.Nullable;

/**
 * The settings of a transport.
 *
 * @param name the prefix of its thread names
 * @param connectTimeout the limit for name lookup, connect, proxy and TLS handshake
 * together
 * @param sslContext the certificates, or {@code null} for the JVM's default
 * @param sslParameters protocols and ciphers, or {@code null} for those of the context
 */
public record TransportSettings(String name, Duration connectTimeout, @Nullable SSLContext sslContext,
		@Nullable SSLParameters sslParameters) {

}

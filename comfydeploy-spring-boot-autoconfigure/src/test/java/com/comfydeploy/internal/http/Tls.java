package com.comfydeploy.internal.http;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * Certificates of the tests.
 */
public final class Tls {

	private static final char[] PASSWORD = "changeit".toCharArray();

	private Tls() {
	}

	public static SSLContext client() {
		return client(new AtomicInteger());
	}

	/**
	 * Create the context of a client.
	 * @param fullHandshakes counts the certificates received: a server that resumes a
	 * session sends none
	 */
	public static SSLContext client(AtomicInteger fullHandshakes) {
		try {
			TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
			factory.init(keyStore("trust"));
			X509TrustManager trust = (X509TrustManager) factory.getTrustManagers()[0];
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(null, new TrustManager[] { new CountingTrustManager(trust, fullHandshakes) }, null);
			return context;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	public static SSLContext server(String certificate) {
		try {
			KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
			keys.init(keyStore(certificate), PASSWORD);
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(keys.getKeyManagers(), null, null);
			return context;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	public static ServerSocket serverSocket(SSLContext context) {
		try {
			return context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static KeyStore keyStore(String name) throws Exception {
		KeyStore keyStore = KeyStore.getInstance("PKCS12");
		try (InputStream resource = Tls.class.getResourceAsStream("/tls/" + name + ".p12")) {
			keyStore.load(resource, PASSWORD);
		}
		return keyStore;
	}

	/**
	 * Counts the certificates of servers.
	 */
	private static final class CountingTrustManager implements X509TrustManager {

		private final X509TrustManager trust;

		private final AtomicInteger count;

		CountingTrustManager(X509TrustManager trust, AtomicInteger count) {
			this.trust = trust;
			this.count = count;
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
			this.trust.checkClientTrusted(chain, authType);
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
			this.count.incrementAndGet();
			this.trust.checkServerTrusted(chain, authType);
		}

		@Override
		public X509Certificate[] getAcceptedIssuers() {
			return this.trust.getAcceptedIssuers();
		}

	}

}

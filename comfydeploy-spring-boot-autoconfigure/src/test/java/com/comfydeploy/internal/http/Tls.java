package com.comfydeploy.internal.http;

import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.KeyStore;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509KeyManager;

/**
 * Certificates of the tests.
 */
final class Tls {

	private static final char[] PASSWORD = "changeit".toCharArray();

	private Tls() {
	}

	static SSLContext client() {
		try {
			TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
			trust.init(keyStore("trust"));
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(null, trust.getTrustManagers(), null);
			return context;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	static SSLContext server(String certificate) {
		return server(certificate, new AtomicInteger());
	}

	/**
	 * Create the context of a server.
	 * @param certificate the name of the key store
	 * @param fullHandshakes counts the uses of its private key: a handshake that resumes
	 * a session has none
	 */
	static SSLContext server(String certificate, AtomicInteger fullHandshakes) {
		try {
			KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
			factory.init(keyStore(certificate), PASSWORD);
			KeyManager keys = factory.getKeyManagers()[0];
			Object counting = Proxy.newProxyInstance(Tls.class.getClassLoader(),
					new Class<?>[] { X509KeyManager.class }, (proxy, method, arguments) -> {
						if (method.getName().equals("getPrivateKey")) {
							fullHandshakes.incrementAndGet();
						}
						return method.invoke(keys, arguments);
					});
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(new KeyManager[] { (KeyManager) counting }, null, null);
			return context;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	static ServerSocket serverSocket(SSLContext context) {
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

}

package com.comfydeploy.lease;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;

import javax.sql.DataSource;

import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.util.FileSystemUtils;

import com.comfydeploy.lease.store.FileLeaseStore;
import com.comfydeploy.lease.store.JdbcLeaseSchema;
import com.comfydeploy.lease.store.JdbcLeaseStore;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoredLease;

/**
 * Stores of a {@link HolderProcess}: some of their transactions fail, or all of their
 * calls stand still from a moment on.
 */
final class HolderStore {

	private final LeaseStore store;

	private final String[] moment;

	private final Runnable listener;

	private int calls;

	private final CountDownLatch continued = new CountDownLatch(1);

	private boolean reached;

	/**
	 * Create a store that stands still once a moment is reached.
	 * @param moment such as {@code after add 6}: before or after the call with that
	 * number of a method, which for an update has the phase, as in
	 * {@code before update:HELD 6}
	 * @param listener runs once the moment is reached
	 */
	HolderStore(LeaseStore store, String moment, Runnable listener) {
		this.store = store;
		this.moment = moment.split(" ");
		this.listener = listener;
	}

	/**
	 * Open a store.
	 * @param where {@code file:} and a path, or the URL of a database
	 */
	static LeaseStore open(String where) {
		return open(where, 0);
	}

	/**
	 * Open a store.
	 * @param failures the part of a database's transactions that fail
	 */
	static LeaseStore open(String where, double failures) {
		if (where.startsWith("file:")) {
			return new FileLeaseStore(Path.of(where.substring("file:".length())));
		}
		DriverManagerDataSource dataSource = new DriverManagerDataSource(where);
		new JdbcLeaseSchema(dataSource).create();
		return new JdbcLeaseStore((failures > 0) ? failing(dataSource, failures) : dataSource);
	}

	/**
	 * Return the leases in a store that a JVM uses now.
	 * @param where as for {@link #open}
	 */
	static List<StoredLease> read(String where) {
		if (!where.startsWith("file:")) {
			return new JdbcLeaseStore(new DriverManagerDataSource(where)).findAll();
		}
		try {
			Path directory = Files.createTempDirectory("leases");
			try (FileLeaseStore copy = new FileLeaseStore(
					Files.copy(Path.of(where.substring("file:".length())), directory.resolve("copy.log")))) {
				return copy.findAll();
			}
			finally {
				FileSystemUtils.deleteRecursively(directory);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Let some transactions fail: half of them before they are committed, half of them
	 * after.
	 */
	private static DataSource failing(DataSource dataSource, double failures) {
		return new DelegatingDataSource(dataSource) {

			@Override
			public Connection getConnection() throws SQLException {
				Connection connection = super.getConnection();
				return (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(),
						new Class<?>[] { Connection.class }, (proxy, method, arguments) -> {
							boolean fails = method.getName().equals("commit")
									&& ThreadLocalRandom.current().nextDouble() < failures;
							if (fails && ThreadLocalRandom.current().nextBoolean()) {
								connection.rollback();
								throw new SQLException("failed before the commit", "08006");
							}
							Object result = invoke(method, connection, arguments);
							if (fails) {
								throw new SQLException("failed after the commit", "08006");
							}
							return result;
						});
			}

		};
	}

	LeaseStore store() {
		return (LeaseStore) Proxy.newProxyInstance(LeaseStore.class.getClassLoader(),
				new Class<?>[] { LeaseStore.class }, (proxy, method, arguments) -> {
					if (method.getDeclaringClass() == Object.class) {
						return invoke(method, this.store, arguments);
					}
					boolean counted = name(method, arguments).equals(this.moment[1]);
					if (counted && this.moment[0].equals("before")) {
						standStillIfHere();
					}
					await();
					Object result = invoke(method, this.store, arguments);
					if (counted && this.moment[0].equals("after")) {
						standStillIfHere();
					}
					await();
					return result;
				});
	}

	private static String name(Method method, Object[] arguments) {
		return method.getName().equals("update") ? "update:" + arguments[1] : method.getName();
	}

	/**
	 * The moment is reached when it is counted: no later call is returned before that.
	 */
	private synchronized void standStillIfHere() {
		this.calls++;
		if (this.calls == Integer.parseInt(this.moment[2])) {
			this.reached = true;
			this.listener.run();
		}
	}

	/** Block calls that return after the moment, too. */
	private void await() throws InterruptedException {
		if (isReached()) {
			this.continued.await();
		}
	}

	/**
	 * Return whether the moment is reached.
	 */
	synchronized boolean isReached() {
		return this.reached;
	}

	/**
	 * Continue.
	 */
	void proceed() {
		this.continued.countDown();
	}

	static Object invoke(Method method, Object target, Object[] arguments) throws Throwable {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getCause();
		}
	}

}

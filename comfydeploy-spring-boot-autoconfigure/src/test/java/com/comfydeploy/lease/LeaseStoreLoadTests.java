package com.comfydeploy.lease;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import com.comfydeploy.lease.StoreFixture.Jvm;
import com.comfydeploy.lease.store.FileLeaseStore;
import com.comfydeploy.lease.store.JdbcLeaseSchema;
import com.comfydeploy.lease.store.JdbcLeaseStore;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.Postgres;
import com.comfydeploy.session.CreateSessionRequest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Measurements of the load of a lease store in an hour of virtual time. They are printed,
 * and only their order of magnitude is tested.
 */
@Tag("long")
class LeaseStoreLoadTests {

	private static final int LEASES = 1000;

	private static final Duration HOUR = Duration.ofHours(1);

	@Test
	void loadOfAThousandLeasesOnPostgres() throws Exception {
		for (LeaseLimits limits : List.of(LeaseLimits.none(), new LeaseLimits(2 * LEASES, 1_000_000))) {
			AtomicLong statements = new AtomicLong();
			DataSource dataSource = new DriverManagerDataSource(Postgres.start().newDatabase());
			new JdbcLeaseSchema(dataSource).create();
			JdbcLeaseStore store = new JdbcLeaseStore(counting(dataSource, statements));
			try (StoreFixture fixture = new StoreFixture()) {
				Jvm jvm = hold(fixture, store, limits);
				long before = statements.get();
				fixture.time.pass(HOUR);
				double perSecond = (statements.get() - before) / (double) HOUR.toSeconds();
				System.out.printf("LeaseStoreLoadTests: %d leases, %s: %.1f statements per second, commits included%n",
						LEASES, limits, perSecond);
				assertThat(jvm.leases.active()).hasSize(LEASES);
				assertThat(perSecond).isLessThan(100);
			}
		}
	}

	@Test
	void fileOfAThousandLeasesStaysSmall(@TempDir Path directory) throws Exception {
		Path file = directory.resolve("leases.log");
		try (FileLeaseStore store = new FileLeaseStore(file); StoreFixture fixture = new StoreFixture()) {
			hold(fixture, store, LeaseLimits.none());
			long opened = Files.size(file);
			long largest = 0;
			for (int i = 0; i < 60; i++) {
				fixture.time.pass(Duration.ofMinutes(1));
				largest = Math.max(largest, Files.size(file));
			}
			System.out.printf("LeaseStoreLoadTests: %d leases in a file: %d bytes when opened, at most %d in an hour%n",
					LEASES, opened, largest);
			assertThat(largest).isLessThan(5_000_000);
		}
	}

	private static Jvm hold(StoreFixture fixture, LeaseStore store, LeaseLimits limits) {
		Jvm jvm = fixture.start((builder) -> builder.store(store)
			.limits(limits)
			.options(LeaseOptions.builder().checkInterval(Duration.ZERO).maxLifetime(Duration.ofHours(3)).build()));
		for (int i = 0; i < LEASES; i++) {
			jvm.leases
				.open(CreateSessionRequest.forMachine("00000000-0000-4000-8000-%012d".formatted(1 + i / 5)).build());
		}
		return jvm;
	}

	private static DataSource counting(DataSource dataSource, AtomicLong statements) {
		return new DelegatingDataSource(dataSource) {

			private @Nullable Connection shared;

			@Override
			public synchronized Connection getConnection() throws SQLException {
				if (this.shared == null) {
					this.shared = super.getConnection();
				}
				Connection connection = this.shared;
				return (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(),
						new Class<?>[] { Connection.class }, (proxy, method, arguments) -> {
							if (method.getName().equals("close")) {
								return null;
							}
							if (method.getName().equals("commit")) {
								statements.incrementAndGet();
							}
							Object result = invoke(method, connection, arguments);
							return (result instanceof Statement statement)
									? counting(statement, method.getReturnType(), statements) : result;
						});
			}

		};
	}

	private static Object counting(Statement statement, Class<?> type, AtomicLong statements) {
		return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, arguments) -> {
			if (method.getName().startsWith("execute")) {
				statements.incrementAndGet();
			}
			return invoke(method, statement, arguments);
		});
	}

	private static Object invoke(Method method, Object target, Object[] arguments) throws Throwable {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getCause();
		}
	}

}

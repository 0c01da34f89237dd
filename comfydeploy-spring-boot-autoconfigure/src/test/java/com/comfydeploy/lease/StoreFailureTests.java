package com.comfydeploy.lease;

import java.sql.SQLException;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import com.comfydeploy.client.SocketServer;
import com.comfydeploy.lease.StoreFixture.Jvm;
import com.comfydeploy.lease.store.JdbcLeaseStore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the messages about a store that cannot be used.
 */
class StoreFailureTests {

	@Test
	void whenNobodyListensTheMessageSaysSo() throws Exception {
		whenUrlIs("jdbc:postgresql://localhost:" + SocketServer.unusedPort() + "/leases?user=me&password=secret",
				(message) -> assertThat(message).startsWith("The lease store is unavailable, so nothing was sent: ")
					.endsWith(" (Connection refused)"));
	}

	@Test
	void whenTheTablesAreMissingTheMessageSaysSo() throws Exception {
		whenUrlIs("jdbc:h2:mem:", (message) -> assertThat(message).contains("bad SQL grammar")
			.containsPattern("\\(Table \"COMFYDEPLOY_LEASE\\w*\" not found"));
	}

	@Test
	void whenThereIsNoDriverTheMessageHasNoPassword() throws Exception {
		whenUrlIs("jdbc:none://me:secret@localhost/leases?password=secret&x=y", (message) -> assertThat(message)
			.endsWith("(No suitable driver found for jdbc:none://***@localhost/leases?password=***&x=y)"));
	}

	private static void whenUrlIs(String url, Consumer<String> message) throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture
				.startWithoutStore((builder) -> builder.store(new JdbcLeaseStore(new DriverManagerDataSource(url))));
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open)
				.satisfies((ex) -> message.accept(ex.getMessage()));
			assertThat(fixture.paths("create")).isEmpty();
		}
	}

	@Test
	@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void causesThatReferToEachOtherAreDescribed() {
		IllegalStateException failure = new IllegalStateException("call failed");
		failure.initCause(new IllegalStateException("no connection", failure));
		assertThat(StoreFailure.describe(failure)).isEqualTo("call failed (no connection)");
	}

	@Test
	void messageHasNoPassword() {
		for (String url : new String[] { "jdbc:oracle:thin:scott/secret@//localhost:1521/x",
				"amqp://me:a@secret@localhost", "amqp://me:a/secret@localhost", "jdbc:x:y;password={a;secret};z=1",
				"host=x password='a secret'", "jdbc:x://localhost/y?password=a,secret&z=1",
				"jdbc:x://localhost/y?sslPassword=secret&z=1" }) {
			assertThat(StoreFailure.describe(new IllegalStateException("No suitable driver found for " + url)))
				.doesNotContain("secret")
				.startsWith("No suitable driver found for ");
		}
	}

	@Test
	void causeIsSaidOnceAndInOneLine() {
		assertThat(StoreFailure.describe(new IllegalStateException("no space left"))).isEqualTo("no space left");
		assertThat(StoreFailure.describe(new IllegalStateException(new SQLException("too many connections"))))
			.isEqualTo("java.sql.SQLException: too many connections");
		assertThat(StoreFailure
			.describe(new DataAccessResourceFailureException("call failed", new SQLException("canceled\n  Detail: x"))))
			.isEqualTo("call failed (canceled)");
		assertThat(StoreFailure.describe(new IllegalStateException())).isEqualTo("IllegalStateException");
		assertThat(StoreFailure.describe(new IllegalStateException("x".repeat(1000)))).hasSizeLessThan(310);
	}

}

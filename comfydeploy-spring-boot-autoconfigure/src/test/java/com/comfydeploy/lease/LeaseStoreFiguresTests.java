package com.comfydeploy.lease;

import java.nio.file.Path;
import java.util.Arrays;

import org.h2.jdbcx.JdbcConnectionPool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.postgresql.ds.PGConnectionPoolDataSource;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.client.SessionClient;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.lease.store.FileLeaseStore;
import com.comfydeploy.lease.store.JdbcLeaseSchema;
import com.comfydeploy.lease.store.JdbcLeaseStore;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.Postgres;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Measurements of the time that a lease store costs, which are printed.
 */
@Tag("long")
@Isolated
class LeaseStoreFiguresTests {

	@TempDir
	private Path directory;

	@Test
	void durationOfOpenIsPrinted() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start()) {
			SessionClient operations = SessionOperationsBuilder.authorizedBy(fake::getBearer)
				.baseUrl(fake.getBaseUrl())
				.build();
			PGConnectionPoolDataSource connections = new PGConnectionPoolDataSource();
			connections.setURL(Postgres.start().newDatabase());
			JdbcConnectionPool dataSource = JdbcConnectionPool.create(connections);
			new JdbcLeaseSchema(dataSource).create();
			for (int round = 0; round < 2; round++) {
				print("none", openAndClose(operations, null));
				try (FileLeaseStore store = new FileLeaseStore(this.directory.resolve("cost-" + round + ".log"))) {
					print("file", openAndClose(operations, store));
				}
				print("jdbc", openAndClose(operations, new JdbcLeaseStore(dataSource)));
			}
			dataSource.dispose();
			((DisposableBean) operations).destroy();
		}
	}

	private static void print(String store, long[] nanos) {
		Arrays.sort(nanos);
		System.out.printf("LeaseStoreFiguresTests: open with %s: median %d us, 95 %% %d us%n", store,
				nanos[nanos.length / 2] / 1000, nanos[nanos.length * 95 / 100] / 1000);
	}

	private static long[] openAndClose(SessionClient operations, @Nullable LeaseStore store) throws Exception {
		SessionLeasesBuilder builder = SessionLeasesBuilder.with(operations);
		if (store != null) {
			builder.store(store);
		}
		SessionLeases leases = builder.build();
		long[] nanos = new long[200];
		for (int i = 0; i < nanos.length; i++) {
			long begin = System.nanoTime();
			SessionLease lease = leases.open(CreateSessionRequest.forMachine(StoreFixture.MACHINE).build());
			nanos[i] = System.nanoTime() - begin;
			lease.close();
		}
		((DisposableBean) leases).destroy();
		return nanos;
	}

}

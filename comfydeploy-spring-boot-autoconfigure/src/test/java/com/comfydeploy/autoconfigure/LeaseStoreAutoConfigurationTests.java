package com.comfydeploy.autoconfigure;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import javax.sql.DataSource;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import com.comfydeploy.lease.LeaseLimitException;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.lease.store.FileLeaseStore;
import com.comfydeploy.lease.store.InMemoryLeaseStore;
import com.comfydeploy.lease.store.JdbcLeaseSchema;
import com.comfydeploy.lease.store.JdbcLeaseStore;
import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.NewLease;
import com.comfydeploy.session.CreateSessionRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the lease store of {@link ComfyDeployAutoConfiguration}. The integration
 * tests use JDBC with a real database.
 */
class LeaseStoreAutoConfigurationTests {

	private static final LeaseDescription DESCRIPTION = new LeaseDescription("m1", false, false, null,
			Duration.ofMinutes(5), Duration.ofMinutes(2), Duration.ofHours(1), "somebody");

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
		.withPropertyValues("comfydeploy.bearer=cd_token", "comfydeploy.base-url=http://localhost:1");

	@TempDir
	private Path directory;

	@Test
	void whenNothingIsSetThereIsNoStore() {
		this.contextRunner.run((context) -> assertThat(context).doesNotHaveBean(LeaseStore.class));
	}

	@Test
	void whenStoreIsFileLeasesAreStoredInIt() {
		Path file = this.directory.resolve("leases.log");
		for (int i = 0; i < 2; i++) {
			this.contextRunner
				.withPropertyValues("comfydeploy.lease.store=file", "comfydeploy.lease.file.path=" + file,
						"comfydeploy.lease.on-orphan=report")
				.run((context) -> {
					assertThat(context).hasSingleBean(FileLeaseStore.class);
					context.getBean(LeaseStore.class)
						.add(NewLease.creating(LeaseHold.first(context.getId() + System.nanoTime(), "a"), DESCRIPTION,
								5), LeaseLimits.none());
				});
		}
		try (FileLeaseStore store = new FileLeaseStore(file)) {
			assertThat(store.findAll()).hasSize(2);
		}
	}

	@Test
	void whenThereIsAnOwnStoreBacksOff() {
		LeaseStore own = new InMemoryLeaseStore();
		this.contextRunner.withPropertyValues("comfydeploy.lease.store=file")
			.withBean(LeaseStore.class, () -> own)
			.run((context) -> assertThat(context).getBean(LeaseStore.class).isSameAs(own));
	}

	@Test
	void whenThereAreTwoStoresTheStartSaysSo() {
		this.contextRunner.withBean("first", LeaseStore.class, InMemoryLeaseStore::new)
			.withBean("second", LeaseStore.class, InMemoryLeaseStore::new)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(NoUniqueBeanDefinitionException.class)
				.hasMessageContaining("first,second"));
	}

	@Test
	void whenStoreIsJdbcDefinesItForTheDataSource() {
		this.contextRunner
			.withPropertyValues("comfydeploy.lease.store=jdbc", "comfydeploy.lease.jdbc.initialize-schema=never")
			.withBean(DataSource.class, LeaseStoreAutoConfigurationTests::dataSource)
			.run((context) -> assertThat(context).hasSingleBean(JdbcLeaseStore.class));
	}

	@Test
	void whenTheDatabaseIsUnavailableTheApplicationStarts() {
		this.contextRunner.withPropertyValues("comfydeploy.lease.store=jdbc")
			.withBean(DataSource.class, LeaseStoreAutoConfigurationTests::unavailableDataSource)
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(JdbcLeaseStore.class));
	}

	@Test
	void whenTablesCannotBeCreatedTheStartSaysSo() {
		this.contextRunner
			.withPropertyValues("comfydeploy.lease.store=jdbc", "comfydeploy.lease.jdbc.initialize-schema=always")
			.withBean(DataSource.class, LeaseStoreAutoConfigurationTests::unavailableDataSource)
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("Cannot connect to the database to create the tables of the leases: ")
				.hasStackTraceContaining("'spring.datasource.url'"));
	}

	@Test
	void whenTheFileCannotBeUsedTheStartNamesItsProperty() throws IOException {
		Path file = Files.createFile(this.directory.resolve("file"));
		this.contextRunner
			.withPropertyValues("comfydeploy.lease.store=file",
					"comfydeploy.lease.file.path=" + file.resolve("leases.log"))
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("Property 'comfydeploy.lease.file.path' is not valid: Cannot use " + file)
				.hasStackTraceContaining("for leases: FileAlreadyExistsException: " + file));
	}

	@Test
	void whenTheStoreHasADataSourceOfItsOwnNothingElseUsesIt() {
		this.contextRunner.withBean("dataSource", DataSource.class, LeaseStoreAutoConfigurationTests::dataSource)
			.withUserConfiguration(OwnDataSource.class)
			.run((context) -> {
				assertThat(context.getBeanProvider(DataSource.class).getObject())
					.isSameAs(context.getBean("dataSource"));
				LeaseStore store = context.getBean(LeaseStore.class);
				store.heartbeat("a");
				assertThat(store.findAll()).isEmpty();
			});
	}

	@Test
	void whenJdbcHasNoDataSourceTheStartSaysSo() {
		this.contextRunner.withPropertyValues("comfydeploy.lease.store=jdbc")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidComfyDeployPropertyException.class)
				.hasMessageContainingAll("comfydeploy.lease.store", "spring-jdbc", "DataSource"));
	}

	@Test
	void whenSpringJdbcIsMissingTheStartSaysSo() {
		this.contextRunner.withPropertyValues("comfydeploy.lease.store=jdbc")
			.withBean(DataSource.class, LeaseStoreAutoConfigurationTests::dataSource)
			.withClassLoader(new FilteredClassLoader(JdbcTemplate.class))
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("spring-jdbc"));
	}

	@Test
	void invalidValuesNameTheirProperties() {
		for (String property : List.of("max-open=0", "max-gpu-minutes-per-day=-1", "acquire-timeout=-1s",
				"instance-id=" + "x".repeat(256))) {
			this.contextRunner.withPropertyValues("comfydeploy.lease." + property)
				.run((context) -> assertThat(context).getFailure()
					.rootCause()
					.hasMessageContaining("'comfydeploy.lease." + property.substring(0, property.indexOf('=')) + "'"));
		}
	}

	@Test
	void limitHoldsWithoutAStoreAndIsCounted() {
		this.contextRunner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.withPropertyValues("comfydeploy.lease.max-gpu-minutes-per-day=4")
			.run((context) -> {
				SessionLeases leases = context.getBean(SessionLeases.class);
				assertThatExceptionOfType(LeaseLimitException.class)
					.isThrownBy(() -> leases.open(CreateSessionRequest.forMachine("m1").build()));
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				assertThat(registry.get("comfydeploy.session.lease.refusals")
					.tag("limit", "max-gpu-minutes-per-day")
					.counter()
					.count()).isEqualTo(1);
				assertThat(
						registry.get("comfydeploy.session.lease.refusals").tag("limit", "max-open").counter().count())
					.isZero();
				assertThat(registry.find("comfydeploy.session.leases.stored").gauge()).isNull();
			});
	}

	@Test
	void gaugesShowWhatTheStoreKnows() {
		LeaseStore store = new InMemoryLeaseStore();
		store.heartbeat("alive");
		store.add(NewLease.creating(LeaseHold.first("1", "dead"), DESCRIPTION, 5), LeaseLimits.none());
		store.add(NewLease.creating(LeaseHold.first("2", "alive"), DESCRIPTION, 5), LeaseLimits.none());
		this.contextRunner.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.withBean(LeaseStore.class, () -> store)
			.withPropertyValues("comfydeploy.lease.on-orphan=report")
			.run((context) -> {
				SessionLeases leases = context.getBean(SessionLeases.class);
				long begin = System.nanoTime();
				while (leases.stored().isEmpty() && System.nanoTime() - begin < Duration.ofSeconds(30).toNanos()) {
					Thread.onSpinWait();
				}
				MeterRegistry registry = context.getBean(MeterRegistry.class);
				assertThat(registry.get("comfydeploy.session.leases.stored").gauge().value()).isEqualTo(2);
				assertThat(registry.get("comfydeploy.session.leases.orphaned").gauge().value()).isEqualTo(1);
				assertThat(registry.get("comfydeploy.session.leases").gauge().value()).isZero();
				assertThat(new ComfyDeployEndpoint(leases).leases().stored())
					.extracting(ComfyDeployEndpoint.StoredLeaseDescriptor::owner)
					.containsExactly("somebody", "somebody");
			});
	}

	/**
	 * Data source whose connections are never used.
	 */
	private static DataSource unavailableDataSource() {
		return new DriverManagerDataSource("jdbc:h2:tcp://localhost:1/leases");
	}

	private static DataSource dataSource() {
		return (DataSource) Proxy.newProxyInstance(DataSource.class.getClassLoader(),
				new Class<?>[] { DataSource.class }, (proxy, method, arguments) -> switch (method.getName()) {
					case "hashCode" -> System.identityHashCode(proxy);
					case "equals" -> proxy == arguments[0];
					case "toString" -> "DataSource";
					default -> throw new IllegalStateException("no connection");
				});
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnDataSource {

		@Bean(defaultCandidate = false)
		DataSource leaseDataSource() {
			return new DriverManagerDataSource("jdbc:h2:mem:own;DB_CLOSE_DELAY=-1");
		}

		@Bean
		LeaseStore leaseStore(@Qualifier("leaseDataSource") DataSource dataSource) {
			new JdbcLeaseSchema(dataSource).create();
			return new JdbcLeaseStore(dataSource);
		}

	}

}

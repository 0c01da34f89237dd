package com.comfydeploy.autoconfigure;

import javax.sql.DataSource;

import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

import com.comfydeploy.autoconfigure.ComfyDeployProperties.Lease.InitializeSchema;
import com.comfydeploy.lease.store.JdbcLeaseSchema;
import com.comfydeploy.lease.store.JdbcLeaseStore;
import com.comfydeploy.lease.store.LeaseStore;

/**
 * Configuration of the lease store in the application's database.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(JdbcTemplate.class)
@ConditionalOnProperty(name = "comfydeploy.lease.store", havingValue = "jdbc")
@ConditionalOnSingleCandidate(DataSource.class)
@ConditionalOnMissingBean(LeaseStore.class)
class JdbcLeaseStoreConfiguration {

	@Bean
	@DependsOnDatabaseInitialization
	JdbcLeaseStore comfyDeployLeaseStore(DataSource dataSource, ComfyDeployProperties properties) {
		InitializeSchema when = properties.getLease().getJdbc().getInitializeSchema();
		JdbcLeaseSchema schema = new JdbcLeaseSchema(dataSource);
		if (when == InitializeSchema.ALWAYS || (when == InitializeSchema.EMBEDDED && schema.isEmbedded())) {
			schema.create();
		}
		return new JdbcLeaseStore(dataSource);
	}

}

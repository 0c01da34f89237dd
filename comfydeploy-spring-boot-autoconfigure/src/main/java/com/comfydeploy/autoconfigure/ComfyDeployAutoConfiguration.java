package com.comfydeploy.autoconfigure;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Import;

import com.comfydeploy.comfyui.ComfyUis;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.SessionOperations;

/**
 * Auto-configuration for {@link SessionOperations}, {@link SessionLeases},
 * {@link MachineOperations} and {@link ComfyUis}.
 */
@AutoConfiguration(after = SslAutoConfiguration.class,
		afterName = { "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
				"org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration" })
@Conditional(OnEnabledCondition.class)
@EnableConfigurationProperties(ComfyDeployProperties.class)
@Import({ MissingFakeConfiguration.class, ConnectionConfiguration.class, RetryMetricsConfiguration.class,
		ClientConfiguration.class, FileLeaseStoreConfiguration.class, JdbcLeaseStoreConfiguration.class,
		LeaseConfiguration.class, LateLeaseConfiguration.class, LeaseMetricsConfiguration.class,
		MeterDescriptionConfiguration.class, ComfyUiConfiguration.class, SanitizingConfiguration.class,
		HealthConfiguration.class, Boot3HealthConfiguration.class, EndpointConfiguration.class,
		UnknownPropertiesConfiguration.class })
public final class ComfyDeployAutoConfiguration {

}

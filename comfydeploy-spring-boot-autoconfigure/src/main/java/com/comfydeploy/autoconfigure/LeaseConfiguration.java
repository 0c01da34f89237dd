package com.comfydeploy.autoconfigure;

import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.system.JavaVersion;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import com.comfydeploy.autoconfigure.ComfyDeployProperties.Lease.Store;
import com.comfydeploy.lease.LeaseOptions;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.lease.SessionLeasesBuilder;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.SessionOperations;

/**
 * Configuration of the leases.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnSingleCandidate(SessionOperations.class)
class LeaseConfiguration {

	@Bean
	@ConditionalOnMissingBean
	SessionLeases comfyDeploySessionLeases(ComfyDeployProperties properties, SessionOperations sessionOperations,
			ApplicationEventPublisher eventPublisher, ObjectProvider<LeaseListener> listeners,
			ObjectProvider<LeaseRefusalListener> refusalListeners, ObjectProvider<LeaseStore> store,
			ObjectProvider<MachineOperations> machines, ObjectProvider<ObservationRegistry> observationRegistry,
			Environment environment) {
		SessionLeasesBuilder builder = SessionLeasesBuilder.with(sessionOperations)
			.options(leaseOptions(properties.getLease()))
			.virtualThreads(usesVirtualThreads(environment))
			.eventListener(LeaseListener.all(listeners))
			.eventListener(eventPublisher::publishEvent);
		PropertyCheck.apply("comfydeploy.poll-interval", properties.getPollInterval(), builder::pollInterval);
		PropertyCheck.apply("comfydeploy.lease.shutdown-timeout", properties.getLease().getShutdownTimeout(),
				builder::shutdownTimeout);
		PropertyCheck.apply("comfydeploy.read-timeout", properties.getReadTimeout(), builder::readTimeout);
		PropertyCheck.apply("comfydeploy.lease.acquire-timeout", properties.getLease().getAcquireTimeout(),
				builder::acquireTimeout);
		if (properties.getLease().getMaxOpen() != null) {
			PropertyCheck.apply("comfydeploy.lease.max-open", properties.getLease().getMaxOpen(), builder::maxOpen);
		}
		observationRegistry.ifUnique(builder::observationRegistry);
		if (properties.getRetry().isRetryNonIdempotent()) {
			builder.retry(ClientConfiguration.retrySettings(properties.getRetry()));
		}
		configureStore(builder, properties.getLease(), store.getIfAvailable());
		machines.ifUnique(builder::machines);
		builder.reportListener(eventPublisher::publishEvent)
			.refusalListener((limit) -> refusalListeners.forEach((listener) -> listener.accept(limit)));
		return builder.build();
	}

	private static void configureStore(SessionLeasesBuilder builder, ComfyDeployProperties.Lease properties,
			@Nullable LeaseStore store) {
		if (store != null) {
			builder.store(store);
		}
		else if (properties.getStore() != Store.NONE) {
			throw new InvalidComfyDeployPropertyException("comfydeploy.lease.store",
					"'jdbc' requires spring-jdbc on the class path and a single DataSource bean: add the dependency "
							+ "spring-boot-starter-jdbc and set 'spring.datasource.url', or mark one DataSource as @Primary");
		}
		String instanceId = properties.getInstanceId();
		if (instanceId != null) {
			PropertyCheck.apply("comfydeploy.lease.instance-id", instanceId, builder::instanceId);
		}
		Integer minutes = properties.getMaxGpuMinutesPerDay();
		if (minutes != null) {
			PropertyCheck.apply("comfydeploy.lease.max-gpu-minutes-per-day", minutes, builder::maxGpuMinutesPerDay);
		}
		builder.onOrphan(properties.getOnOrphan());
	}

	private static LeaseOptions leaseOptions(ComfyDeployProperties.Lease properties) {
		LeaseOptions.Builder builder = LeaseOptions.builder();
		PropertyCheck.apply("comfydeploy.lease.check-interval", properties.getCheckInterval(), builder::checkInterval);
		PropertyCheck.apply("comfydeploy.lease.extension", properties.getExtension(), builder::extension);
		PropertyCheck.apply("comfydeploy.lease.max-lifetime", properties.getMaxLifetime(), builder::maxLifetime);
		PropertyCheck.apply("comfydeploy.lease.ready-timeout", properties.getReadyTimeout(), builder::readyTimeout);
		PropertyCheck.apply("comfydeploy.lease.renew-before", properties.getRenewBefore(),
				(renewBefore) -> builder.renewBefore(renewBefore).build());
		return builder.build();
	}

	/** Spring Boot 4 has moved its condition {@code Threading} to another package. */
	private static boolean usesVirtualThreads(Environment environment) {
		return environment.getProperty("spring.threads.virtual.enabled", boolean.class, false)
				&& JavaVersion.getJavaVersion().isEqualOrNewerThan(JavaVersion.TWENTY_ONE);
	}

}

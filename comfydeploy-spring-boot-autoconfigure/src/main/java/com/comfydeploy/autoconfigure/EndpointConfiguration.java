package com.comfydeploy.autoconfigure;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import com.comfydeploy.lease.SessionLeases;

/**
 * Configuration of the Actuator endpoint.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(ComfyDeployEndpoint.class)
@ConditionalOnSingleCandidate(SessionLeases.class)
class EndpointConfiguration {

	@Bean
	@ConditionalOnMissingBean
	ComfyDeployEndpoint comfyDeployEndpoint(SessionLeases leases) {
		return new ComfyDeployEndpoint(leases);
	}

}

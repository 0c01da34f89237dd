package com.comfydeploy.autoconfigure;

import java.io.UncheckedIOException;

import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import com.comfydeploy.lease.store.FileLeaseStore;
import com.comfydeploy.lease.store.LeaseStore;

/**
 * Configuration of the lease store in a file.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnProperty(name = "comfydeploy.lease.store", havingValue = "file")
@ConditionalOnMissingBean(LeaseStore.class)
class FileLeaseStoreConfiguration {

	@Bean
	FileLeaseStore comfyDeployLeaseStore(ComfyDeployProperties properties) {
		try {
			return new FileLeaseStore(properties.getLease().getFile().getPath());
		}
		catch (UncheckedIOException | IllegalStateException ex) {
			throw new InvalidComfyDeployPropertyException("comfydeploy.lease.file.path",
					String.valueOf(ex.getMessage()), ex);
		}
	}

}

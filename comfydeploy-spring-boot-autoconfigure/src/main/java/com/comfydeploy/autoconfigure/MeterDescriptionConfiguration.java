package com.comfydeploy.autoconfigure;

import java.util.Map;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.config.MeterFilter;

import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Configuration of the descriptions of meters that Micrometer creates from observations.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(MeterFilter.class)
class MeterDescriptionConfiguration {

	@Bean
	DescriptionMeterFilter comfyDeployDescriptionMeterFilter() {
		return new DescriptionMeterFilter();
	}

	/**
	 * {@link MeterFilter} that adds descriptions to meters of this library.
	 */
	static class DescriptionMeterFilter implements MeterFilter {

		private static final Map<String, String> DESCRIPTIONS = Map.of("comfydeploy.session.operation",
				"ComfyDeploy calls, including their retries", "comfydeploy.session.operation.active",
				"ComfyDeploy calls in progress", "comfydeploy.comfyui.operation",
				"ComfyUI calls, including their retries", "comfydeploy.comfyui.operation.active",
				"ComfyUI calls in progress");

		@Override
		public Meter.Id map(Meter.Id id) {
			String description = (id.getDescription() == null) ? DESCRIPTIONS.get(id.getName()) : null;
			return (description != null)
					? new Meter.Id(id.getName(), Tags.of(id.getTags()), id.getBaseUnit(), description, id.getType())
					: id;
		}

	}

}

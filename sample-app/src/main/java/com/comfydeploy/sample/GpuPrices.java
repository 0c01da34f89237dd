package com.comfydeploy.sample;

import java.math.BigDecimal;
import java.util.Map;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.machine.GpuPrice;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.Gpu;

/**
 * Prices of GPUs, which are read once.
 */
@Component
class GpuPrices {

	private static final Logger logger = LoggerFactory.getLogger(GpuPrices.class);

	private final MachineOperations machines;

	private volatile @Nullable Map<Gpu, BigDecimal> perSecond;

	GpuPrices(MachineOperations machines) {
		this.machines = machines;
	}

	/**
	 * Return the price per second in dollars.
	 * @return the price, or {@code null} if it is not known
	 */
	@Nullable BigDecimal perSecond(Gpu gpu) {
		Map<Gpu, BigDecimal> prices = this.perSecond;
		if (prices == null) {
			try {
				prices = this.machines.prices().stream().collect(Collectors.toMap(GpuPrice::gpu, GpuPrice::perSecond));
			}
			catch (ComfyDeployException ex) {
				logger.warn("Prices are not available, leases are shown without them: {}", ex.getMessage());
				return null;
			}
			this.perSecond = prices;
		}
		return prices.get(gpu);
	}

}

package com.comfydeploy.machine;

import java.io.Serializable;
import java.math.BigDecimal;

import com.comfydeploy.session.Gpu;

/**
 * Price of a GPU.
 *
 * @param gpu the GPU
 * @param perSecond the price per second in dollars, with all digits that the server sends
 * @see MachineOperations#prices()
 */
public record GpuPrice(Gpu gpu, BigDecimal perSecond) implements Serializable {

}

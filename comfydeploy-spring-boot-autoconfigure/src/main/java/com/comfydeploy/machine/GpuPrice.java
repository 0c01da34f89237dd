package com.comfydeploy.machine;

import java.io.Serializable;
import java.math.BigDecimal;

import com.comfydeploy.session.Gpu;

/**
 * Price of a kind of GPU.
 *
 * @param gpu the kind of GPU
 * @param perSecond the price of a second, in dollars, with the digits that the server
 * sends
 * @see MachineOperations#prices()
 */
public record GpuPrice(Gpu gpu, BigDecimal perSecond) implements Serializable {

}

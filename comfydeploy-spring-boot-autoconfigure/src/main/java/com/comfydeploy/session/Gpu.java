package com.comfydeploy.session;

import java.io.Serializable;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import org.springframework.util.Assert;

/**
 * Type of GPU. There is a constant for each type that the server currently supports. Use
 * {@link #of} for other types.
 *
 * @param value the case-sensitive name in the API, such as {@code A100-80GB}
 */
public record Gpu(@JsonValue String value) implements Serializable {

	/** No GPU. */
	public static final Gpu CPU = new Gpu("CPU");

	/** NVIDIA T4. */
	public static final Gpu T4 = new Gpu("T4");

	/** NVIDIA L4. */
	public static final Gpu L4 = new Gpu("L4");

	/** NVIDIA A10G. */
	public static final Gpu A10G = new Gpu("A10G");

	/** NVIDIA L40S. */
	public static final Gpu L40S = new Gpu("L40S");

	/** NVIDIA A100 with 40 GB. */
	public static final Gpu A100 = new Gpu("A100");

	/** NVIDIA A100 with 80 GB. */
	public static final Gpu A100_80GB = new Gpu("A100-80GB");

	/** NVIDIA H100. */
	public static final Gpu H100 = new Gpu("H100");

	/** NVIDIA H200. */
	public static final Gpu H200 = new Gpu("H200");

	/** NVIDIA B200. */
	public static final Gpu B200 = new Gpu("B200");

	public Gpu {
		Assert.hasText(value, "The value of a GPU must not be blank");
	}

	/**
	 * Return the GPU with a name.
	 * @param value the case-sensitive name in the API, such as {@code A100-80GB}
	 * @return the GPU
	 * @throws IllegalArgumentException if the value is blank
	 */
	@JsonCreator(mode = JsonCreator.Mode.DELEGATING)
	public static Gpu of(String value) {
		return new Gpu(value);
	}

	@Override
	public String toString() {
		return this.value;
	}

}

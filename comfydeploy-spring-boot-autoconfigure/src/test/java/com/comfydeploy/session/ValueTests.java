package com.comfydeploy.session;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests for the equality of requests and options, and for optional values of their
 * builders.
 */
class ValueTests {

	static Stream<Arguments> values() {
		CreateSessionRequest create = CreateSessionRequest.forMachine("m1")
			.gpu(Gpu.T4)
			.timeout(Duration.ofMinutes(5))
			.waitForServer(true)
			.build();
		CreateDynamicSessionRequest dynamic = CreateDynamicSessionRequest.builder()
			.gpu(Gpu.L4)
			.machineId("m1")
			.machineVersionId("v1")
			.timeout(Duration.ofMinutes(5))
			.comfyUiHash("a".repeat(40))
			.dependencies(List.of("a/b@c"))
			.baseDockerImage("image")
			.pythonVersion("3.11")
			.waitForServer(true)
			.build();
		CallOptions options = CallOptions.builder()
			.retry(RetrySettings.none())
			.readTimeout(Duration.ofSeconds(5))
			.header("X-One", "1")
			.bearer("token")
			.build();
		RetrySettings retry = RetrySettings.builder()
			.maxAttempts(2)
			.initialInterval(Duration.ofSeconds(1))
			.multiplier(3)
			.maxInterval(Duration.ofSeconds(2))
			.maxElapsedTime(Duration.ofSeconds(3))
			.retryConnectionErrors(false)
			.retryNonIdempotent(true)
			.build();
		return Stream.of(value(create, (value) -> value.mutate().build(),
				List.of(create.mutate().gpu(null).build(), create.mutate().timeout(null).build(),
						create.mutate().waitForServer(false).build(), CreateSessionRequest.forMachine("m2").build())),
				value(dynamic, (value) -> value.mutate().build(), List.of(dynamic.mutate().gpu(null).build(),
						dynamic.mutate().machineId(null).build(), dynamic.mutate().machineVersionId(null).build(),
						dynamic.mutate().timeout(null).build(), dynamic.mutate().comfyUiHash(null).build(),
						dynamic.mutate().dependencies(null).build(), dynamic.mutate().baseDockerImage(null).build(),
						dynamic.mutate().pythonVersion(null).build(), dynamic.mutate().waitForServer(false).build())),
				value(options, (value) -> value.mutate().build(),
						List.of(options.mutate().retry(null).build(), options.mutate().readTimeout(null).build(),
								options.mutate().header("x-one", "2").build(), options.mutate().bearer("other").build(),
								CallOptions.builder().build())),
				value(retry, (value) -> value.mutate().build(),
						List.of(retry.mutate().maxAttempts(3).build(),
								retry.mutate().initialInterval(Duration.ZERO).build(),
								retry.mutate().multiplier(4).build(), retry.mutate().maxInterval(Duration.ZERO).build(),
								retry.mutate().maxElapsedTime(Duration.ofSeconds(4)).build(),
								retry.mutate().retryConnectionErrors(true).build(),
								retry.mutate().retryNonIdempotent(false).build(), RetrySettings.defaults())));
	}

	private static <T> Arguments value(T value, Function<T, T> copy, List<T> others) {
		return arguments(value, copy.apply(value), others);
	}

	@ParameterizedTest
	@MethodSource("values")
	void valueIsEqualOnlyToItsCopy(Object value, Object copy, List<Object> others) {
		assertThat(copy).isEqualTo(value).isNotSameAs(value).hasSameHashCodeAs(value).hasToString(value.toString());
		assertThat(value).isNotEqualTo(null).isNotEqualTo("other");
		assertThat(others).allSatisfy((other) -> assertThat(other).isNotEqualTo(value));
		assertThat(others).doesNotHaveDuplicates();
	}

	@Test
	void nullClearsAValueInEveryBuilder() {
		assertThat(CreateSessionRequest.forMachine("m1").gpu(null).timeout(null).build())
			.isEqualTo(CreateSessionRequest.forMachine("m1").build());
		assertThat(CreateDynamicSessionRequest.builder()
			.gpu(null)
			.machineId(null)
			.machineVersionId(null)
			.timeout(null)
			.comfyUiHash(null)
			.dependencies(null)
			.baseDockerImage(null)
			.pythonVersion(null)
			.build()).isEqualTo(CreateDynamicSessionRequest.builder().gpu(Gpu.A10G).build());
		assertThat(CallOptions.builder().retry(null).readTimeout(null).build())
			.isEqualTo(CallOptions.builder().build());
	}

	@Test
	void tokenOfCallOptionsIsNeverNull() {
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().bearer(null));
	}

	@Test
	void mutatedBuilderDoesNotChangeItsOrigin() {
		CallOptions options = CallOptions.builder().header("X-One", "1").build();
		options.mutate().header("X-Two", "2").build();
		assertThat(options.headers()).containsOnlyKeys("X-One");
	}

	@Test
	void blankIsDifferentFromNotSet() {
		assertThatIllegalArgumentException().isThrownBy(() -> CreateDynamicSessionRequest.builder().machineId(" "));
		assertThatIllegalArgumentException().isThrownBy(() -> CreateDynamicSessionRequest.builder().pythonVersion(""));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> CreateDynamicSessionRequest.builder().baseDockerImage(" "));
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().readTimeout(Duration.ZERO));
	}

}

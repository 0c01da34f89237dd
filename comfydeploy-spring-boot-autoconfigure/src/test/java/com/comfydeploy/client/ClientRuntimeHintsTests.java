package com.comfydeploy.client;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.aop.SpringProxy;
import org.springframework.aop.framework.Advised;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.core.DecoratingProxy;
import org.springframework.core.io.support.SpringFactoriesLoader;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ClientRuntimeHints}.
 */
class ClientRuntimeHintsTests {

	private final RuntimeHints hints = registered();

	static Stream<Class<?>> wireTypes() {
		return Stream.of(SessionJson.class, MachineJson.class)
			.flatMap((holder) -> Arrays.stream(holder.getDeclaredClasses()))
			.filter(Class::isRecord);
	}

	@Test
	void pricesAreAMapThatCanBeMade() throws Exception {
		assertThat(RuntimeHintsPredicates.reflection()
			.onConstructor(MachineJson.GpuPricesResponse.class.getDeclaredConstructor())
			.invoke()).accepts(this.hints);
	}

	@Test
	void typesOnTheWireAreNestedRecords() {
		assertThat(wireTypes()).contains(SessionJson.CreateSessionWireRequest.class,
				SessionJson.CreateDynamicSessionWireRequest.class, SessionJson.IncreaseTimeoutWireRequest.class,
				SessionJson.ExtendTimeoutWireRequest.class, SessionJson.SnapshotWireRequest.class,
				SessionJson.CreateSessionResponse.class, SessionJson.SessionDetailsResponse.class,
				SessionJson.SnapshotResponse.class, SessionJson.CancelResponse.class, SessionJson.LogEvent.class,
				SessionJson.ErrorDetailResponse.class, MachineJson.MachineResponse.class,
				MachineJson.GpuEventResponse.class);
		assertThat(SessionJson.class.getDeclaredClasses()).allMatch(Class::isRecord);
	}

	@ParameterizedTest
	@MethodSource("wireTypes")
	void typesOnTheWireCanBeReadAndWritten(Class<?> type) {
		assertThat(RuntimeHintsPredicates.reflection().onType(type)).accepts(this.hints);
		for (Constructor<?> constructor : type.getDeclaredConstructors()) {
			assertThat(RuntimeHintsPredicates.reflection().onConstructor(constructor).invoke()).accepts(this.hints);
		}
		for (RecordComponent component : type.getRecordComponents()) {
			assertThat(RuntimeHintsPredicates.reflection().onMethod(component.getAccessor()).invoke())
				.as(component.getName())
				.accepts(this.hints);
		}
	}

	@Test
	void retryIsAProxyWhoseTargetHasTheAnnotation() throws Exception {
		assertThat(RuntimeHintsPredicates.proxies()
			.forInterfaces(AttemptSender.class, SpringProxy.class, Advised.class, DecoratingProxy.class))
			.accepts(this.hints);
		for (Class<?> type : new Class<?>[] { AttemptSender.class, RestClientAttemptSender.class }) {
			assertThat(RuntimeHintsPredicates.reflection()
				.onMethod(type.getDeclaredMethod("send", SessionCall.class))
				.invoke()).accepts(this.hints);
		}
	}

	@Test
	void proxyHasTheInterfacesThatAreRegistered() {
		AttemptSender proxy = SessionRetry.apply((call) -> null, null, new TestTime());
		assertThat(proxy.getClass().getInterfaces()).containsExactly(AttemptSender.class, SpringProxy.class,
				Advised.class, DecoratingProxy.class);
	}

	@Test
	void versionIsThere() {
		assertThat(RuntimeHintsPredicates.resource().forResource("com/comfydeploy/client/version.properties"))
			.accepts(this.hints);
	}

	private static RuntimeHints registered() {
		RuntimeHints hints = new RuntimeHints();
		ClassLoader classLoader = ClientRuntimeHintsTests.class.getClassLoader();
		SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories", classLoader)
			.load(RuntimeHintsRegistrar.class)
			.stream()
			.filter((registrar) -> registrar instanceof ClientRuntimeHints)
			.forEach((registrar) -> registrar.registerHints(hints, classLoader));
		return hints;
	}

}

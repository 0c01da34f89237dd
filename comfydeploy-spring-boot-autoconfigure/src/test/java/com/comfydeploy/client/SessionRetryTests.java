package com.comfydeploy.client;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.retry.support.RetryTemplate;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for the table of retries, row by row, by counting the requests that arrived.
 */
class SessionRetryTests {

	@RegisterExtension
	static WireMockExtension server = WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

	private final TestTime time = new TestTime();

	private SessionOperations sessions = client(RetrySettings.builder().maxAttempts(3).build());

	@AfterEach
	void closeClient() {
		Clients.close(this.sessions);
	}

	static Stream<Arguments> statusCodes() {
		return Stream.of(Call.values())
			.flatMap((call) -> IntStream
				.of(300, 301, 302, 304, 307, 400, 401, 403, 404, 405, 408, 409, 418, 422, 425, 429, 451, 500, 501, 502,
						503, 504, 505, 520, 527, 599)
				.mapToObj((status) -> Arguments.of(call, status)));
	}

	@ParameterizedTest
	@MethodSource("statusCodes")
	void statusIsRetriedAsTheTableSays(Call call, int status) {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(status)));
		boolean rejected = status >= 400 && status < 500 && status != 408;
		boolean retried = status == 425 || status == 429
				|| (call.repeatable && IntStream.of(408, 500, 502, 503, 504).anyMatch((s) -> s == status));
		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies((ex) -> {
				assertThat(ex.getStatusCode()).isEqualTo(status);
				assertThat(ex.getAttempts()).isEqualTo(retried ? 3 : 1);
				assertThat(ex.isOutcomeUnknown()).isEqualTo(!call.repeatable && !rejected);
			});
		server.verify(retried ? 3 : 1, anyRequestedFor(anyUrl()));
	}

	@ParameterizedTest
	@MethodSource("statusCodes")
	void retryNonIdempotentMovesEverythingToTheFirstRow(Call call, int status) {
		this.sessions = client(RetrySettings.builder().maxAttempts(3).retryNonIdempotent(true).build());
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(status)));
		boolean retried = IntStream.of(408, 425, 429, 500, 502, 503, 504).anyMatch((s) -> s == status);
		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(() -> call.on(this.sessions));
		server.verify(retried ? 3 : 1, anyRequestedFor(anyUrl()));
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void lostResponseIsRetriedIfIdempotent(Call call) {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isEqualTo(call.repeatable ? 3 : 1);
				assertThat(ex.isOutcomeUnknown()).isEqualTo(!call.repeatable);
			});
		server.verify(call.repeatable ? 3 : 1, anyRequestedFor(anyUrl()));
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void lostResponseIsNotRetriedWithoutRetryConnectionErrors(Call call) {
		this.sessions = client(RetrySettings.builder().maxAttempts(3).retryConnectionErrors(false).build());
		server.stubFor(any(anyUrl()).willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions));
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void refusedConnectionIsRetriedAlways(Call call) {
		this.sessions = Clients.build(Clients.builder("http://localhost:" + SocketServer.unusedPort())
			.retry(RetrySettings.builder().maxAttempts(3).build()), this.time);
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isEqualTo(3);
				assertThat(ex.isOutcomeUnknown()).isFalse();
				assertThat(ex).hasMessageContaining("comfydeploy.base-url");
			});
		assertThat(this.time.sleeps).hasSize(2);
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void successfulRetryIsSuccess(Call call) {
		Responses.inTurn(server, aResponse().withStatus(429),
				okJson((call == Call.LIST) ? "[]" : SessionFixtures.SESSION_JSON));
		call.on(this.sessions);
		server.verify(2, anyRequestedFor(anyUrl()));
	}

	@Test
	void whenRetriesAreDisabledThereIsOneAttempt() {
		this.sessions = client(RetrySettings.none());
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(429)));
		assertThatExceptionOfType(ComfyDeployApiException.TooManyRequests.class)
			.isThrownBy(() -> this.sessions.get("s1"));
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	@Test
	void outcomeStaysUnknownWhenALaterAttemptIsRejected() {
		this.sessions = client(RetrySettings.builder().retryNonIdempotent(true).build());
		Responses.inTurn(server, aResponse().withStatus(503), aResponse().withStatus(422));
		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(() -> Call.CREATE.on(this.sessions))
			.satisfies((ex) -> {
				assertThat(ex.getStatusCode()).isEqualTo(422);
				assertThat(ex.getAttempts()).isEqualTo(2);
				assertThat(ex.isOutcomeUnknown()).isTrue();
			});
	}

	@Test
	void cancelNotFoundAfterUnknownAttemptIsSuccess() {
		Responses.inTurn(server, aResponse().withStatus(500), gone());
		assertThat(this.sessions.cancel("s1")).isTrue();
		server.verify(2, anyRequestedFor(anyUrl()));
	}

	@Test
	void cancelNotFoundAfterLostResponseIsSuccess() {
		Responses.inTurn(server, aResponse().withFault(Fault.EMPTY_RESPONSE), gone());
		assertThat(this.sessions.cancel("s1")).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"detail\":\"Not Found\"}", "<html>404 Not Found</html>", "", "{\"detail\":null}",
			"{\"detail\":\" \"}", "{\"detail\":[\"GPUEvent not found\"]}", "\"GPUEvent not found\"",
			"{\"message\":\"GPUEvent not found\"}" })
	void cancelNotFoundByGatewayIsNotSuccess(String body) {
		Responses.inTurn(server, aResponse().withStatus(500), aResponse().withStatus(404).withBody(body));
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.sessions.cancel("s1"))
			.satisfies((ex) -> assertThat(ex.getAttempts()).isEqualTo(2));
	}

	@Test
	void cancelNotFoundAtFirstIsNotFound() {
		Responses.inTurn(server, gone());
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.sessions.cancel("s1"));
	}

	@Test
	void cancelNotFoundAfterRejectionIsNotFound() {
		Responses.inTurn(server, aResponse().withStatus(429), gone());
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.sessions.cancel("s1"))
			.satisfies((ex) -> assertThat(ex.getAttempts()).isEqualTo(2));
	}

	@Test
	void cancelOfASessionWithoutContainerIsFalse() {
		Responses.inTurn(server, aResponse().withStatus(400).withBody("{\"detail\":\"Modal function id not found\"}"));
		assertThat(this.sessions.cancel("s1")).isFalse();
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	@Test
	void findIsRetriedUntilApiRespondsNotFound() {
		Responses.inTurn(server, aResponse().withStatus(503), aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER),
				gone());
		assertThat(this.sessions.find("s1")).isEmpty();
		server.verify(3, anyRequestedFor(anyUrl()));
	}

	@Test
	void getNotFoundAfterFailureIsNotFound() {
		Responses.inTurn(server, aResponse().withStatus(500), aResponse().withStatus(404));
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.sessions.get("s1"));
	}

	@Test
	void waitsDoubleUpToTheirCap() {
		this.sessions = client(RetrySettings.builder().maxAttempts(8).build());
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		assertThatExceptionOfType(ComfyDeployException.class).isThrownBy(() -> this.sessions.get("s1"));
		assertThat(this.time.sleeps).containsExactly(Duration.ofMillis(500), Duration.ofSeconds(1),
				Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8), Duration.ofSeconds(10),
				Duration.ofSeconds(10));
	}

	@Test
	void noWaitEndsAfterTheElapsedTime() {
		this.sessions = client(RetrySettings.builder()
			.maxAttempts(100)
			.initialInterval(Duration.ofSeconds(10))
			.multiplier(1)
			.maxElapsedTime(Duration.ofSeconds(35))
			.build());
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		assertThatExceptionOfType(ComfyDeployException.class).isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> assertThat(ex.getAttempts()).isEqualTo(4));
		assertThat(this.time.sleeps).hasSize(3);
	}

	@Test
	void noAttemptBeginsAfterTheElapsedTime() {
		this.sessions = client(RetrySettings.builder().maxElapsedTime(Duration.ofSeconds(5)).build());
		this.time.whileSleeping = () -> this.time.pass(Duration.ofSeconds(6));
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class).isThrownBy(() -> this.sessions.get("s1"));
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	@Test
	void wallClockDoesNotMatterForElapsedTime() {
		this.time.whileSleeping = () -> this.time.moveWallClock(Duration.ofDays(1000));
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		assertThatExceptionOfType(ComfyDeployException.class).isThrownBy(() -> this.sessions.get("s1"));
		server.verify(3, anyRequestedFor(anyUrl()));
	}

	@ParameterizedTest
	@CsvSource({ "0, 500", "7, 7000", "' 7 ', 7000", "-1, 500", "1.5, 500", "soon, 500", "'', 500", "+3, 500",
			"Mon, 500" })
	void retryAfterInSecondsIsALowerBound(String retryAfter, long expectedMillis) {
		Responses.inTurn(server, aResponse().withStatus(429).withHeader("Retry-After", retryAfter),
				okJson(SessionFixtures.SESSION_JSON));
		Call.CREATE.on(this.sessions);
		assertThat(this.time.sleeps).containsExactly(Duration.ofMillis(expectedMillis));
	}

	@ParameterizedTest
	@ValueSource(strings = { "EEE, dd MMM yyyy HH:mm:ss 'GMT'", "EEEE, dd-MMM-yy HH:mm:ss 'GMT'",
			"EEE MMM ppd HH:mm:ss yyyy" })
	void retryAfterAsADateIsALowerBound(String pattern) {
		for (String instant : new String[] { "2026-11-23T18:00:30Z", "2026-11-23T18:00:09Z" }) {
			this.time.sleeps.clear();
			Instant now = this.time.now();
			Instant then = now.plus(Duration.between(Instant.parse("2026-11-23T18:00:00Z"), Instant.parse(instant)));
			String date = DateTimeFormatter.ofPattern(pattern, Locale.US).format(then.atOffset(ZoneOffset.UTC));
			Responses.inTurn(server, aResponse().withStatus(503).withHeader("Retry-After", date),
					okJson(SessionFixtures.SESSION_JSON));
			this.sessions.get("s1");
			assertThat(this.time.sleeps).containsExactly(Duration.between(now, then));
			server.resetAll();
		}
	}

	@Test
	void retryAfterOfAnExceptionIsRelativeToTheResponse() {
		Instant then = this.time.now().plusSeconds(300);
		String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(then.atOffset(ZoneOffset.UTC));
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(429).withHeader("Retry-After", date)));
		assertThatExceptionOfType(ComfyDeployApiException.TooManyRequests.class)
			.isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> assertThat(ex.getRetryAfter()).isEqualTo(Duration.ofSeconds(300)));
	}

	@Test
	void retryAfterInThePastAsksForNothing() {
		Responses.inTurn(server, aResponse().withStatus(503).withHeader("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"),
				okJson(SessionFixtures.SESSION_JSON));
		this.sessions.get("s1");
		assertThat(this.time.sleeps).containsExactly(Duration.ofMillis(500));
	}

	@Test
	void retryAfterOfWholeElapsedTimeIsWaitedFor() {
		Responses.inTurn(server, aResponse().withStatus(429).withHeader("Retry-After", "120"),
				okJson(SessionFixtures.SESSION_JSON));
		Call.CREATE.on(this.sessions);
		assertThat(this.time.sleeps).containsExactly(Duration.ofSeconds(120));
	}

	@ParameterizedTest
	@ValueSource(strings = { "121", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT" })
	void retryAfterBeyondElapsedTimeIsThrownImmediately(String retryAfter) {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(429).withHeader("Retry-After", retryAfter)));
		assertThatExceptionOfType(ComfyDeployApiException.TooManyRequests.class)
			.isThrownBy(() -> Call.CREATE.on(this.sessions))
			.satisfies((ex) -> assertThat(ex.getRetryAfter()).isGreaterThan(Duration.ofSeconds(120)));
		assertThat(this.time.sleeps).isEmpty();
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	@Test
	void interruptEndsAWaitAndKeepsTheLastFailure() {
		this.time.whileSleeping = () -> Thread.currentThread().interrupt();
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503).withBody("{\"detail\":\"busy\"}")));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> {
				assertThat(Thread.interrupted()).isTrue();
				assertThat(ex.getAttempts()).isOne();
				assertThat(ex.getSuppressed()).singleElement()
					.isInstanceOfSatisfying(ComfyDeployApiException.class,
							(last) -> assertThat(last.getDetail()).isEqualTo("busy"));
			});
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	@Test
	void interruptOfLaterAttemptKeepsPreviousFailure() {
		this.sessions = Clients.build(SessionOperationsBuilder.authorizedBy(() -> {
			if (!this.time.sleeps.isEmpty()) {
				Thread.currentThread().interrupt();
			}
			return Clients.TOKEN;
		}).baseUrl(server.baseUrl()), this.time);
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> {
				assertThat(Thread.interrupted()).isTrue();
				assertThat(ex.getAttempts()).isOne();
				assertThat(ex.getSuppressed()).singleElement().isInstanceOf(ComfyDeployApiException.ServerError.class);
			});
	}

	@Test
	void listenerIsNotifiedOfEachAttemptAfterTheFirst() {
		List<RetryListener.Retry> retries = new ArrayList<>();
		this.sessions = Clients.build(Clients.builder(server.baseUrl()).retryListener(retries::add), this.time);
		Responses.inTurn(server, aResponse().withStatus(503), aResponse().withStatus(429),
				okJson(SessionFixtures.SESSION_JSON));
		this.sessions.get("s1");
		assertThat(retries).containsExactly(new RetryListener.Retry("get", 2, "503"),
				new RetryListener.Retry("get", 3, "429"));
	}

	@Test
	void failingListenerDoesNotFailCall() {
		this.sessions = Clients.build(Clients.builder(server.baseUrl()).retryListener((retry) -> {
			throw new IllegalStateException("meter");
		}), this.time);
		Responses.inTurn(server, aResponse().withStatus(503), okJson(SessionFixtures.SESSION_JSON));
		assertThat(this.sessions.get("s1").id()).isEqualTo("s1");
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void interruptedThreadSendsNothing(Call call) {
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies((ex) -> {
				assertThat(Thread.interrupted()).isTrue();
				assertThat(ex.getAttempts()).isZero();
				assertThat(ex.isOutcomeUnknown()).isFalse();
			});
		server.verify(0, anyRequestedFor(anyUrl()));
	}

	@Test
	void tokenIsAskedForEveryRequest() {
		AtomicInteger count = new AtomicInteger();
		this.sessions = Clients.build(SessionOperationsBuilder.authorizedBy(() -> "token-" + count.incrementAndGet())
			.baseUrl(server.baseUrl()), this.time);
		Responses.inTurn(server, aResponse().withStatus(503), okJson(SessionFixtures.SESSION_JSON));
		this.sessions.get("s1");
		assertThat(server.findAll(anyRequestedFor(anyUrl()))).extracting((r) -> r.getHeader("Authorization"))
			.containsExactlyInAnyOrder("Bearer token-1", "Bearer token-2");
	}

	@Test
	void exceptionOfTheTokenProviderReachesTheCallerUnchanged() {
		Exception failure = new Exception("vault is sealed");
		this.sessions = Clients.build(SessionOperationsBuilder.authorizedBy(() -> {
			throw sneaky(failure);
		}).baseUrl(server.baseUrl()), this.time);
		for (Call call : Call.values()) {
			assertThat(catchThrowable(() -> call.on(this.sessions))).isSameAs(failure);
		}
		server.verify(0, anyRequestedFor(anyUrl()));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "secret\r\nX: y", "secret key", "sécret", "secret\u0000" })
	void invalidProvidedTokenIsIllegalStateAndNotShown(String token) {
		this.sessions = Clients.build(SessionOperationsBuilder.authorizedBy(() -> token).baseUrl(server.baseUrl()),
				this.time);
		assertThatIllegalStateException().isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret").doesNotContain("cret"));
		server.verify(0, anyRequestedFor(anyUrl()));
		assertThat(this.time.sleeps).isEmpty();
	}

	@Test
	void translatorIsAskedOnceAfterTheRetries() {
		AtomicInteger asked = new AtomicInteger();
		this.sessions = Clients.build(Clients.builder(server.baseUrl()).exceptionTranslator((response) -> {
			asked.incrementAndGet();
			assertThat(response.attempts()).isEqualTo(5);
			assertThat(response.headers().get("x-REASON")).containsExactly("because");
			return new ComfyDeployApiException.Forbidden(response);
		}), this.time);
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503).withHeader("X-Reason", "because")));
		assertThatExceptionOfType(ComfyDeployApiException.Forbidden.class).isThrownBy(() -> this.sessions.get("s1"));
		assertThat(asked).hasValue(1);
		server.verify(5, anyRequestedFor(anyUrl()));
	}

	@Test
	void failingTranslatorIsReplacedByDefault() {
		IllegalStateException failure = new IllegalStateException("broken");
		this.sessions = Clients.build(Clients.builder(server.baseUrl()).exceptionTranslator((response) -> {
			throw failure;
		}), this.time);
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(404)));
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> assertThat(ex.getSuppressed()).containsExactly(failure));
	}

	@Test
	@SuppressWarnings("NullAway")
	void translatorReturningNullIsReplacedByDefault() {
		this.sessions = Clients.build(Clients.builder(server.baseUrl()).exceptionTranslator((response) -> null),
				this.time);
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(404)));
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> assertThat(ex.getSuppressed()).hasSize(1));
	}

	@Test
	void failureOfInterceptorIsWrappedAndNotRetried() {
		this.sessions = Clients.build(Clients.builder(server.baseUrl())
			.customizer((builder) -> builder.requestInterceptor((request, body, execution) -> {
				throw new IllegalStateException("interceptor");
			})), this.time);
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.get("s1"))
			.withCauseInstanceOf(IllegalStateException.class);
		assertThat(this.time.sleeps).isEmpty();
	}

	@Test
	void callDoesNotAffectRetryOfApplication() throws Exception {
		RetryTemplate template = RetryTemplate.builder().maxAttempts(2).noBackoff().build();
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		assertThatExceptionOfType(ComfyDeployException.class)
			.isThrownBy(() -> template.execute((context) -> this.sessions.get("s1")));
		server.verify(6, anyRequestedFor(anyUrl()));
	}

	private SessionOperations client(RetrySettings retry) {
		return Clients.build(Clients.builder(server.baseUrl()).retry(retry), this.time);
	}

	private static ResponseDefinitionBuilder gone() {
		return aResponse().withStatus(404).withBody("{\"detail\":\"GPUEvent not found\"}");
	}

	@SuppressWarnings("unchecked")
	private static <E extends Exception> E sneaky(Exception ex) throws E {
		throw (E) ex;
	}

	/**
	 * An operation, called with valid arguments.
	 */
	enum Call {

		GET(true, (sessions) -> sessions.get("s1")),

		FIND(true, (sessions) -> sessions.find("s1")),

		LIST(true, SessionOperations::list),

		CANCEL(true, (sessions) -> sessions.cancel("s1")),

		CREATE(false, (sessions) -> sessions.create(CreateSessionRequest.forMachine("m1").build())),

		CREATE_DYNAMIC(false, (sessions) -> sessions.createDynamic(CreateDynamicSessionRequest.builder().build())),

		SNAPSHOT(false, (sessions) -> sessions.snapshot("s1")),

		INCREASE_TIMEOUT_BY_ID(false, (sessions) -> sessions.increaseTimeout("s1", Duration.ofMinutes(5))),

		INCREASE_TIMEOUT(false, (sessions) -> sessions
			.increaseTimeout(new IncreaseTimeoutRequest("m1", "s1", Duration.ofMinutes(5), Gpu.T4)));

		final boolean repeatable;

		private final Consumer<SessionOperations> call;

		Call(boolean repeatable, Consumer<SessionOperations> call) {
			this.repeatable = repeatable;
			this.call = call;
		}

		void on(SessionOperations sessions) {
			this.call.accept(sessions);
		}

	}

}

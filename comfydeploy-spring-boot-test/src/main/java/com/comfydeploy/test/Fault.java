package com.comfydeploy.test;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;

/**
 * Failure that a {@link FakeComfyDeploy} simulates. Immutable.
 *
 * <pre class="code">
 * fake.fail(Fault.status(503).on("get").times(2));
 * fake.fail(Fault.drop().carriedOut().on("create"));
 * fake.fail(Fault.failedStart());
 * fake.fail(Fault.drop().randomly(0.05, 42));
 * </pre>
 *
 * By default, a fault happens once, to the next call of an operation of the session API.
 * The methods {@link #on}, {@link #times}, {@link #always} and {@link #randomly} change
 * this. Operations have the names of
 * {@link com.comfydeploy.error.ComfyDeployException#getOperation()}. If several faults
 * apply to a call, only the oldest is used. The fake does not check the token of a call
 * with a fault, as if a gateway had failed. Faults apply to requests of known operations
 * only.
 *
 * @see FakeComfyDeploy#fail(Fault)
 */
public final class Fault {

	private final FaultEffect effect;

	private final List<String> operations;

	private final @Nullable Integer times;

	private final @Nullable Chance chance;

	private Fault(FaultEffect effect, List<String> operations, @Nullable Integer times, @Nullable Chance chance) {
		this.effect = effect;
		this.operations = operations;
		this.times = times;
		this.chance = chance;
	}

	private static Fault of(FaultEffect effect) {
		return new Fault(effect, effect.operations(), null, null);
	}

	/**
	 * Respond to the call with a status, without carrying it out. The body has the same
	 * form as that of the server, such as {@code {"detail": "Service Unavailable"}}. For
	 * a 500, it is a text, and the connection is closed after it.
	 * @param statusCode the status, from 200 to 599
	 * @return the fault
	 */
	public static Fault status(int statusCode) {
		Assert.isTrue(statusCode >= 200 && statusCode <= 599,
				() -> "A status must be between 200 and 599, but is " + statusCode);
		return of(new FaultEffect.Status(FakeResponse.ofStatus(statusCode), false));
	}

	/**
	 * Carry out the call after a delay, in the time of the fake.
	 * @param delay the delay, not negative
	 * @return the fault
	 */
	public static Fault delay(Duration delay) {
		return of(new FaultEffect.Delay(Arguments.requireNotNegative("delay", delay), false));
	}

	/**
	 * Close the connection without a response, and without carrying out the call.
	 * @return the fault
	 */
	public static Fault drop() {
		return of(new FaultEffect.Drop(false));
	}

	/**
	 * Carry out the call, and close the connection in the middle of the response's body.
	 * A response without a body is sent completely.
	 * @return the fault
	 */
	public static Fault truncated() {
		return of(new FaultEffect.Truncation());
	}

	/**
	 * Delay the time at which the next new session is ready. Applies to create and
	 * create-dynamic.
	 * @param startup the time until the session is ready, which replaces the
	 * {@linkplain FakeComfyDeploy.Builder#startup(Duration) startup} of the fake; not
	 * negative
	 * @return the fault
	 */
	public static Fault slowStart(Duration startup) {
		return of(new FaultEffect.Start(FaultEffect.Start.Kind.SLOW, Arguments.requireNotNegative("startup", startup)));
	}

	/**
	 * Let the start of the next new session fail. The session ends, and a create with
	 * {@code waitForServer} gets a 500. A dynamic session is different: it never becomes
	 * ready and does not end, and its create gets a 200 without a URL. Applies to create
	 * and create-dynamic.
	 * @return the fault
	 */
	public static Fault failedStart() {
		return of(new FaultEffect.Start(FaultEffect.Start.Kind.FAILED, Duration.ZERO));
	}

	/**
	 * Delay the time at which the server knows the container of the next new session. If
	 * the session is cancelled before this time, the response is a 400
	 * ({@code Modal function id not found}): the session's record is closed, but the
	 * container starts anyway, and no call can stop it. Applies to create and
	 * create-dynamic. The real server responds late to such a create; to simulate this,
	 * add a {@link #delay(Duration)}.
	 * @param delay the time, not negative; the
	 * {@linkplain FakeComfyDeploy.Builder#startup(Duration) startup} comes after it
	 * @return the fault
	 */
	public static Fault slowContainer(Duration delay) {
		return of(new FaultEffect.Start(FaultEffect.Start.Kind.SLOW_CONTAINER,
				Arguments.requireNotNegative("delay", delay)));
	}

	/**
	 * Never start a container for the next new session. The session is never ready, and
	 * does not end at its deadline. The response to a cancel is a 400
	 * ({@code Modal function id not found}), and the cancel closes the session's record.
	 * Applies to create and create-dynamic.
	 * @return the fault
	 */
	public static Fault noContainer() {
		return of(new FaultEffect.Start(FaultEffect.Start.Kind.NO_CONTAINER, Duration.ZERO));
	}

	/**
	 * Do not end the next new session at its deadline: forget the deadline instead. The
	 * container then runs until a cancel, or for 24 hours (6 for a dynamic session).
	 * Applies to create and create-dynamic.
	 * @return the fault
	 */
	public static Fault failedExpiry() {
		return of(new FaultEffect.Start(FaultEffect.Start.Kind.FAILED_EXPIRY, Duration.ZERO));
	}

	/**
	 * Let the store of the deadlines fail during the call. The effects are:
	 * <ul>
	 * <li>a get returns the session without {@code timeout_end}
	 * <li>a list is empty
	 * <li>an increase by id gets a 500, and does not extend the deadline
	 * <li>a cancel gets a 500, but stops the container
	 * <li>a create returns a session that never has a deadline
	 * <li>a dynamic create gets a 500, and the session exists without a container
	 * </ul>
	 * @return the fault
	 */
	public static Fault deadlinesUnavailable() {
		return partialFailure(Breakdown.DEADLINES, "get", "list", "create", "create-dynamic", "increase-timeout",
				"cancel");
	}

	/**
	 * Forget the deadline of the call's session permanently, before the call is carried
	 * out. From then on, a get returns the session without {@code timeout_end}, lists
	 * omit the session, and an increase by id gets a 404
	 * ({@code Timeout end not found for session}). The container runs until a cancel, or
	 * for 24 hours (6 for a dynamic session). Applies to get and increase-timeout.
	 * @return the fault
	 */
	public static Fault deadlineForgotten() {
		return partialFailure(Breakdown.DEADLINE, "get", "increase-timeout");
	}

	/**
	 * Respond to a cancel with {@code {"success":true}}, without stopping the container.
	 * The server forgets the deadline, so the session runs until a later cancel, or for
	 * up to 24 hours. If the container has not started, or if the session is dynamic, the
	 * cancel closes the session's record, and no later call can stop the container.
	 * Applies to cancel.
	 * @return the fault
	 */
	public static Fault cancelWithoutEffect() {
		return partialFailure(Breakdown.STOP, "cancel");
	}

	private static Fault partialFailure(Breakdown breakdown, String... operations) {
		return of(new FaultEffect.PartialFailure(breakdown, List.of(operations)));
	}

	/**
	 * Let a node of the workflow that is submitted next fail, with the message of an
	 * exception. The outputs of earlier nodes are kept.
	 * @param classType the kind of node, such as {@code KSampler}
	 * @param message the message of the exception
	 * @return the fault
	 */
	public static Fault failedNode(String classType, String message) {
		Assert.hasText(classType, "classType must not be blank");
		return of(new FaultEffect.Run(FaultEffect.Run.Kind.FAIL, classType, message));
	}

	/**
	 * Let the workflow that is submitted next never end, as if the worker thread of
	 * ComfyUI had died. Only {@link FakeComfyDeploy#restartComfyUi()} ends it.
	 * @return the fault
	 */
	public static Fault stuckRun() {
		return of(new FaultEffect.Run(FaultEffect.Run.Kind.STUCK, null, null));
	}

	/**
	 * Produce a result that ComfyUI cannot write as JSON, for the workflow that is
	 * submitted next. From then on, the response to a request for its history or its job
	 * is a 500.
	 * @return the fault
	 */
	public static Fault unreadableRun() {
		return of(new FaultEffect.Run(FaultEffect.Run.Kind.UNREADABLE, null, null));
	}

	/**
	 * Ignore an interrupt of the workflow that is submitted next, so that it succeeds.
	 * @return the fault
	 */
	public static Fault uninterruptibleRun() {
		return of(new FaultEffect.Run(FaultEffect.Run.Kind.UNINTERRUPTIBLE, null, null));
	}

	/**
	 * Add {@code NaN} and {@code Infinity}, as Python writes them, to the outputs of the
	 * workflow that is submitted next.
	 * @return the fault
	 */
	public static Fault notANumber() {
		return of(new FaultEffect.Run(FaultEffect.Run.Kind.NAN, null, null));
	}

	/**
	 * Carry out the call before the fault happens. The fault then affects the response
	 * only.
	 * @return a copy of this fault with the change
	 * @throws IllegalStateException if this method has no effect on the fault, because
	 * the call is always carried out: {@link #truncated()}, and faults of a start, of a
	 * workflow or inside the server
	 */
	public Fault carriedOut() {
		return with(this.effect.carriedOut());
	}

	/**
	 * Respond with a {@code Retry-After} header.
	 * @param delay the time, in whole seconds, not negative
	 * @return a copy of this fault with the change
	 * @throws IllegalStateException if the fault was not created by {@link #status(int)}
	 */
	public Fault retryAfter(Duration delay) {
		Assert.isTrue(Arguments.requireNotNegative("delay", delay).toNanosPart() == 0,
				() -> "Retry-After is whole seconds, but is " + delay);
		return header("Retry-After", String.valueOf(delay.toSeconds()));
	}

	/**
	 * Respond with a header.
	 * @param name the header's name
	 * @param value the header's value
	 * @return a copy of this fault with the change
	 * @throws IllegalStateException if the fault was not created by {@link #status(int)}
	 */
	public Fault header(String name, String value) {
		FaultEffect.Status status = status();
		return with(new FaultEffect.Status(status.response().withHeader(name, value), status.isCarriedOut()));
	}

	/**
	 * Respond with a body.
	 * @param contentType the body's type
	 * @param body the body
	 * @return a copy of this fault with the change
	 * @throws IllegalStateException if the fault was not created by {@link #status(int)}
	 */
	public Fault body(String contentType, String body) {
		FaultEffect.Status status = status();
		return with(new FaultEffect.Status(status.response().withBody(contentType, body), status.isCarriedOut()));
	}

	/**
	 * Limit the fault to some operations.
	 * @param operations of the session API: {@code get}, {@code list}, {@code create},
	 * {@code create-dynamic}, {@code increase-timeout}, {@code snapshot}, {@code cancel},
	 * {@code stream-log}, {@code machine-list}, {@code machine-get},
	 * {@code machine-events} and {@code machine-prices}; of a session's ComfyUI:
	 * {@code comfyui-submit}, {@code comfyui-job}, {@code comfyui-queue},
	 * {@code comfyui-history}, {@code comfyui-socket}, {@code comfyui-view},
	 * {@code comfyui-upload}, {@code comfyui-delete}, {@code comfyui-interrupt},
	 * {@code comfyui-free}, {@code comfyui-stats} and {@code comfyui-node-type}
	 * @return a copy of this fault with the change
	 */
	public Fault on(String... operations) {
		Assert.notEmpty(operations, "At least one operation is required");
		Arrays.stream(operations)
			.forEach((operation) -> Assert.isTrue(this.effect.supportedOperations().contains(operation),
					() -> "'" + operation + "' must be one of " + this.effect.supportedOperations()));
		return new Fault(this.effect, List.of(operations), this.times, this.chance);
	}

	/**
	 * Set the number of calls to which the fault applies. With {@link #randomly}, this is
	 * the maximum number.
	 * @param times the number, at least 1
	 * @return a copy of this fault with the change
	 */
	public Fault times(int times) {
		Assert.isTrue(times > 0, () -> "A fault must happen at least once, not " + times + " times");
		return new Fault(this.effect, this.operations, times, this.chance);
	}

	/**
	 * Apply the fault to every call, until the fake is
	 * {@linkplain FakeComfyDeploy#reset() reset} or its
	 * {@linkplain FakeComfyDeploy#clearFaults() faults are removed}.
	 * @return a copy of this fault with the change
	 */
	public Fault always() {
		return times(Integer.MAX_VALUE);
	}

	/**
	 * Apply the fault to each call with a probability. Unless {@link #times} is set, this
	 * continues until the fake is {@linkplain FakeComfyDeploy#reset() reset} or its
	 * {@linkplain FakeComfyDeploy#clearFaults() faults are removed}. If a test makes the
	 * same calls in the same order, the fault applies to the same calls.
	 * @param probability from 0 to 1
	 * @param seed the seed of the random numbers
	 * @return a copy of this fault with the change
	 */
	public Fault randomly(double probability, long seed) {
		Assert.isTrue(probability >= 0 && probability <= 1,
				() -> "A probability must be between 0 and 1, but is " + probability);
		return new Fault(this.effect, this.operations, this.times, new Chance(probability, seed));
	}

	FaultEffect effect() {
		return this.effect;
	}

	List<String> operations() {
		return this.operations;
	}

	int times() {
		if (this.times != null) {
			return this.times;
		}
		return (this.chance != null) ? Integer.MAX_VALUE : 1;
	}

	@Nullable Chance chance() {
		return this.chance;
	}

	@Override
	public String toString() {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("on", this.operations);
		details.put("times", times());
		if (this.chance != null) {
			details.put("randomly", this.chance);
		}
		return this.effect + " " + details;
	}

	private Fault with(FaultEffect effect) {
		return new Fault(effect, this.operations, this.times, this.chance);
	}

	private FaultEffect.Status status() {
		Assert.state(this.effect instanceof FaultEffect.Status,
				"Only a fault created by status(...) has headers and a body");
		return (FaultEffect.Status) this.effect;
	}

	/**
	 * Probability of a fault.
	 *
	 * @param probability from 0 to 1
	 * @param seed the seed of the random numbers
	 */
	record Chance(double probability, long seed) {

	}

}

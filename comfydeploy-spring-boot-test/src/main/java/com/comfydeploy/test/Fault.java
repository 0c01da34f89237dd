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
 * Failure that a test requests from a {@link FakeComfyDeploy}. Immutable.
 *
 * <pre class="code">
 * fake.fail(Fault.status(503).on("get").times(2));
 * fake.fail(Fault.drop().carriedOut().on("create"));
 * fake.fail(Fault.failedStart());
 * fake.fail(Fault.drop().randomly(0.05, 42));
 * </pre>
 *
 * A fault happens to the next call of any operation of the session API, unless
 * {@link #on}, {@link #times}, {@link #always} or {@link #randomly} say otherwise.
 * Operations have the names of
 * {@link com.comfydeploy.error.ComfyDeployException#getOperation()}. A call has one fault
 * at most: the oldest that applies. It occurs before the token is checked, as a fault of
 * a gateway does, and does not apply to requests that are not an operation.
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
	 * The call fails with a status, and is not carried out. The body has the server's
	 * form: {@code {"detail": "Service Unavailable"}}, and for a 500 a text, after which
	 * the connection is dropped.
	 * @param statusCode the status, from 200 to 599
	 * @return the fault
	 */
	public static Fault status(int statusCode) {
		Assert.isTrue(statusCode >= 200 && statusCode <= 599,
				() -> "A status must be between 200 and 599, but is " + statusCode);
		return of(new FaultEffect.Status(FakeResponse.ofStatus(statusCode), false));
	}

	/**
	 * The call is carried out late, in the time of the fake.
	 * @param delay the delay, not negative
	 * @return the fault
	 */
	public static Fault delay(Duration delay) {
		return of(new FaultEffect.Delay(Arguments.requireNotNegative("delay", delay), false));
	}

	/**
	 * The connection is closed without a response, and the call is not carried out.
	 * @return the fault
	 */
	public static Fault drop() {
		return of(new FaultEffect.Drop(false));
	}

	/**
	 * The call is carried out, and the connection is closed in the middle of the
	 * response's body. A response without a body is sent whole.
	 * @return the fault
	 */
	public static Fault truncated() {
		return of(new FaultEffect.Truncation());
	}

	/**
	 * The session that is created next takes some time until it is ready. Applies to
	 * create and create-dynamic.
	 * @param startup the time, instead of the fake's
	 * {@linkplain FakeComfyDeploy.Builder#startup(Duration) own}, not negative
	 * @return the fault
	 */
	public static Fault slowStart(Duration startup) {
		return of(new FaultEffect.Start(FaultEffect.Start.Kind.SLOW, Arguments.requireNotNegative("startup", startup)));
	}

	/**
	 * The start of the session that is created next fails: the session is gone, and a
	 * create that waits for it is a 500. A dynamic session stays and is never ready; its
	 * create is a 200 without a URL. Applies to create and create-dynamic.
	 * @return the fault
	 */
	public static Fault failedStart() {
		return of(new FaultEffect.Start(FaultEffect.Start.Kind.FAILED, Duration.ZERO));
	}

	/**
	 * The server learns the container of the session that is created next only after some
	 * time. A cancel before that is a 400 ({@code Modal function id not found}) and
	 * closes the session's record, the container starts anyway, and no call can stop it.
	 * Applies to create and create-dynamic. The real server responds late to such a
	 * create: add a {@link #delay(Duration)} for that.
	 * @param delay the time, not negative; the
	 * {@linkplain FakeComfyDeploy.Builder#startup(Duration) startup} comes after it
	 * @return the fault
	 */
	public static Fault slowContainer(Duration delay) {
		return of(new FaultEffect.Start(FaultEffect.Start.Kind.SLOW_CONTAINER,
				Arguments.requireNotNegative("delay", delay)));
	}

	/**
	 * The session that is created next never gets a container: it is never ready, its
	 * deadline does not end it, and a cancel is a 400
	 * ({@code Modal function id not found}) and closes its record. It applies to create
	 * and create-dynamic.
	 * @return the fault
	 */
	public static Fault noContainer() {
		return of(new FaultEffect.Start(FaultEffect.Start.Kind.NO_CONTAINER, Duration.ZERO));
	}

	/**
	 * The session that is created next is not stopped at its deadline: the deadline is
	 * forgotten then, and the container runs until it is cancelled, for 24 hours at most
	 * (6 for a dynamic session). Applies to create and create-dynamic.
	 * @return the fault
	 */
	public static Fault failedExpiry() {
		return of(new FaultEffect.Start(FaultEffect.Start.Kind.FAILED_EXPIRY, Duration.ZERO));
	}

	/**
	 * The store of the deadlines fails during the call. A get has no {@code timeout_end},
	 * a list is empty, an increase by id is a 500 without effect, and a cancel is a 500
	 * that stops the container anyway. A create returns a session that never has a
	 * deadline; a dynamic create is a 500 that leaves a session without a container.
	 * @return the fault
	 */
	public static Fault deadlinesUnavailable() {
		return inside(Breakdown.DEADLINES, "get", "list", "create", "create-dynamic", "increase-timeout", "cancel");
	}

	/**
	 * The deadline of the call's session is forgotten permanently, before the call is
	 * carried out. From then on a get has no {@code timeout_end}, lists do not include
	 * the session, and an increase by id is a 404
	 * ({@code Timeout end not found for session}). The container runs until it is
	 * cancelled, for 24 hours at most (6 for a dynamic session). Applies to get and
	 * increase-timeout.
	 * @return the fault
	 */
	public static Fault deadlineForgotten() {
		return inside(Breakdown.DEADLINE, "get", "increase-timeout");
	}

	/**
	 * A cancel responds with {@code {"success":true}}, and the container is not stopped:
	 * the deadline is forgotten, and within 24 hours only another cancel ends the
	 * session. If the container has not started, or if the session is dynamic, the cancel
	 * closes the record, and the container can no longer be stopped. Applies to cancel.
	 * @return the fault
	 */
	public static Fault cancelWithoutEffect() {
		return inside(Breakdown.STOP, "cancel");
	}

	private static Fault inside(Breakdown breakdown, String... operations) {
		return of(new FaultEffect.Inside(breakdown, List.of(operations)));
	}

	/**
	 * The workflow that is submitted next fails at a node, with the message of an
	 * exception. Outputs from before stay.
	 * @param classType the kind of node, such as {@code KSampler}
	 * @param message the message of the exception
	 * @return the fault
	 */
	public static Fault failedNode(String classType, String message) {
		Assert.hasText(classType, "classType must not be blank");
		return of(new FaultEffect.Run(FaultEffect.Run.Kind.FAIL, classType, message));
	}

	/**
	 * The workflow that is submitted next never ends, as when the worker of ComfyUI has
	 * died. Only {@link FakeComfyDeploy#restartComfyUi()} ends it.
	 * @return the fault
	 */
	public static Fault stuckRun() {
		return of(new FaultEffect.Run(FaultEffect.Run.Kind.STUCK, null, null));
	}

	/**
	 * The workflow that is submitted next has a result that ComfyUI cannot write as JSON:
	 * its history and its job are a 500 from then on.
	 * @return the fault
	 */
	public static Fault unreadableRun() {
		return of(new FaultEffect.Run(FaultEffect.Run.Kind.UNREADABLE, null, null));
	}

	/**
	 * The workflow that is submitted next does not notice an interrupt, and succeeds.
	 * @return the fault
	 */
	public static Fault uninterruptibleRun() {
		return of(new FaultEffect.Run(FaultEffect.Run.Kind.UNINTERRUPTIBLE, null, null));
	}

	/**
	 * The workflow that is submitted next has outputs with {@code NaN} and
	 * {@code Infinity}, as Python writes them.
	 * @return the fault
	 */
	public static Fault notANumber() {
		return of(new FaultEffect.Run(FaultEffect.Run.Kind.NAN, null, null));
	}

	/**
	 * Carry out the call before the fault occurs: its response is lost, late or replaced.
	 * @return a fault like this one, with the change
	 * @throws IllegalStateException if the fault is one of a start, or inside the server
	 */
	public Fault carriedOut() {
		return with(this.effect.carriedOut());
	}

	/**
	 * Respond with a {@code Retry-After} header.
	 * @param delay the time, in whole seconds, not negative
	 * @return a fault like this one, with the change
	 * @throws IllegalStateException if the fault is not that of a status
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
	 * @return a fault like this one, with the change
	 * @throws IllegalStateException if the fault is not that of a status
	 */
	public Fault header(String name, String value) {
		FaultEffect.Status status = status();
		return with(new FaultEffect.Status(status.response().withHeader(name, value), status.isCarriedOut()));
	}

	/**
	 * Respond with a body.
	 * @param contentType the body's type
	 * @param body the body
	 * @return a fault like this one, with the change
	 * @throws IllegalStateException if the fault is not that of a status
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
	 * @return a fault like this one, with the change
	 */
	public Fault on(String... operations) {
		Assert.notEmpty(operations, "There must be an operation");
		Arrays.stream(operations)
			.forEach((operation) -> Assert.isTrue(this.effect.supportedOperations().contains(operation),
					() -> "'" + operation + "' must be one of " + this.effect.supportedOperations()));
		return new Fault(this.effect, List.of(operations), this.times, this.chance);
	}

	/**
	 * Set how many calls have the fault. With {@link #randomly} it is the maximum.
	 * @param times the number, at least 1
	 * @return a fault like this one, with the change
	 */
	public Fault times(int times) {
		Assert.isTrue(times > 0, () -> "A fault must happen at least once, not " + times + " times");
		return new Fault(this.effect, this.operations, times, this.chance);
	}

	/**
	 * Let every call have the fault, until the fake is
	 * {@linkplain FakeComfyDeploy#reset() reset} or its
	 * {@linkplain FakeComfyDeploy#clearFaults() faults are removed}.
	 * @return a fault like this one, with the change
	 */
	public Fault always() {
		return times(Integer.MAX_VALUE);
	}

	/**
	 * Let calls have the fault with a probability; without {@link #times}, until the fake
	 * is {@linkplain FakeComfyDeploy#reset() reset}. The same calls in the same order
	 * have the same faults.
	 * @param probability from 0 to 1
	 * @param seed the seed of the random numbers
	 * @return a fault like this one, with the change
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
		Assert.state(this.effect instanceof FaultEffect.Status, "Only a status has headers and a body");
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

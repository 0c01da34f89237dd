package com.comfydeploy.client;

import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;

import com.comfydeploy.client.SessionObservationDocumentation.LowCardinalityKeyNames;

/**
 * Default {@link SessionObservationConvention}. Override a method to change a tag, or
 * extend the class to add tags.
 */
public class DefaultSessionObservationConvention implements SessionObservationConvention {

	private static final String NAME = "comfydeploy.session.operation";

	private static final KeyValue STATUS_NONE = LowCardinalityKeyNames.STATUS.withValue("none");

	private static final KeyValue EXCEPTION_NONE = LowCardinalityKeyNames.EXCEPTION.withValue("none");

	@Override
	public String getName() {
		return NAME;
	}

	@Override
	public String getContextualName(SessionObservationContext context) {
		return "comfydeploy " + context.getOperation();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(SessionObservationContext context) {
		return KeyValues.of(operation(context), outcome(context), status(context), exception(context));
	}

	/**
	 * Return the tag {@code operation}.
	 * @param context the call
	 * @return the operation's name
	 */
	protected KeyValue operation(SessionObservationContext context) {
		return LowCardinalityKeyNames.OPERATION.withValue(context.getOperation());
	}

	/**
	 * Return the tag {@code outcome}.
	 * @param context the call
	 * @return {@code SUCCESS}, {@code REDIRECTION}, {@code CLIENT_ERROR},
	 * {@code SERVER_ERROR} or {@code UNKNOWN}
	 */
	protected KeyValue outcome(SessionObservationContext context) {
		return LowCardinalityKeyNames.OUTCOME.withValue(Outcome.of(context.getStatusCode(), context.getError()).name());
	}

	/**
	 * Return the tag {@code status}.
	 * @param context the call
	 * @return the HTTP status code of the last attempt, or {@code none}
	 */
	protected KeyValue status(SessionObservationContext context) {
		Integer status = context.getStatusCode();
		return (status != null) ? LowCardinalityKeyNames.STATUS.withValue(status.toString()) : STATUS_NONE;
	}

	/**
	 * Return the tag {@code exception}.
	 * @param context the call
	 * @return the simple name of the thrown exception, or {@code none}
	 */
	protected KeyValue exception(SessionObservationContext context) {
		Throwable error = context.getError();
		return (error != null) ? LowCardinalityKeyNames.EXCEPTION.withValue(simpleName(error)) : EXCEPTION_NONE;
	}

	private static String simpleName(Throwable error) {
		String name = error.getClass().getSimpleName();
		return name.isEmpty() ? error.getClass().getName() : name;
	}

}

/**
 * The client of ComfyDeploy: HTTP, retries and observations of a call.
 * <p>
 * A call such as {@code get} passes through five classes before it reaches the socket:
 * <ol>
 * <li>{@code DefaultSessionOperations} creates the {@code SessionRequest}: method, path,
 * body, and the timeout of an attempt.</li>
 * <li>{@code CallExecutor} executes the request as one observed call, the
 * {@code SessionCall}, and returns a value or throws one exception.</li>
 * <li>{@code RestClientAttemptSender} makes one attempt: it adds the token and the
 * headers, and calls {@code RestClient}. Spring Retry's {@code @Retryable} repeats the
 * attempt.</li>
 * <li>{@code SessionHttpRequestFactory} turns the request of {@code RestClient} into a
 * {@code TransportRequest}.</li>
 * <li>{@code HttpTransport} sends this request over a connection, and enforces its
 * timeout.</li>
 * </ol>
 */
@NullMarked
package com.comfydeploy.client;

import org.jspecify.annotations.NullMarked;

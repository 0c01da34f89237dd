package com.comfydeploy.error;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * Error response of ComfyDeploy: any 3xx, 4xx or 5xx.
 *
 * @param operation the operation that failed, such as {@code create}
 * @param statusCode the HTTP status code
 * @param headers the response's headers, by case-insensitive name
 * @param body the first 64 KiB of the response's body, as text; the token is masked
 * @param attempts the number of attempts, including the first
 * @param outcomeUnknown whether the server may have processed an attempt of a
 * non-idempotent call
 * @param sessionId the id of the session in the request, or {@code null} if there is none
 * @param retryAfter the time to wait before another attempt, from the {@code Retry-After}
 * header, or {@code null} if the header is missing or invalid
 */
public record ApiErrorResponse(String operation, int statusCode, Map<String, List<String>> headers, String body,
		int attempts, boolean outcomeUnknown, @Nullable String sessionId, @Nullable Duration retryAfter) {

	public ApiErrorResponse {
		Map<String, List<String>> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		headers.forEach((name, values) -> copy.put(name, List.copyOf(values)));
		headers = Collections.unmodifiableMap(copy);
	}

	/**
	 * Create the response to a call that does not name a session.
	 * @param operation the operation that failed, such as {@code create}
	 * @param statusCode the HTTP status code
	 * @param headers the response's headers
	 * @param body the response's body as text
	 * @param attempts the number of attempts, including the first
	 * @param outcomeUnknown whether the server may have processed an attempt of a
	 * non-idempotent call
	 */
	public ApiErrorResponse(String operation, int statusCode, Map<String, List<String>> headers, String body,
			int attempts, boolean outcomeUnknown) {
		this(operation, statusCode, headers, body, attempts, outcomeUnknown, null);
	}

	/**
	 * Create the response to a call. If the {@code Retry-After} header is a date, it is
	 * converted to a duration from now.
	 * @param operation the operation that failed, such as {@code create}
	 * @param statusCode the HTTP status code
	 * @param headers the response's headers
	 * @param body the response's body as text
	 * @param attempts the number of attempts, including the first
	 * @param outcomeUnknown whether the server may have processed an attempt of a
	 * non-idempotent call
	 * @param sessionId the id of the session, or {@code null} if there is none
	 */
	public ApiErrorResponse(String operation, int statusCode, Map<String, List<String>> headers, String body,
			int attempts, boolean outcomeUnknown, @Nullable String sessionId) {
		this(operation, statusCode, headers, body, attempts, outcomeUnknown, sessionId,
				retryAfter(headers, Instant.now()));
	}

	/**
	 * Read the {@code Retry-After} header.
	 * @param headers the response's headers, with names in upper or lower case
	 * @param now the time of the response, to which a date is relative
	 * @return the time to wait, zero for a date in the past, at most 366 days; or
	 * {@code null} if the header is missing or invalid
	 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.retry-after">RFC 9110,
	 * Retry-After</a>
	 */
	public static @Nullable Duration retryAfter(Map<String, List<String>> headers, Instant now) {
		for (Map.Entry<String, List<String>> header : headers.entrySet()) {
			if (header.getKey().equalsIgnoreCase("Retry-After") && !header.getValue().isEmpty()) {
				return RetryAfter.parse(header.getValue().get(0), now);
			}
		}
		return null;
	}

}

package com.comfydeploy.error;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * A response of ComfyDeploy that is no success: any 3xx, 4xx or 5xx.
 *
 * @param operation the operation that failed, such as {@code create}
 * @param statusCode the HTTP status code
 * @param headers the response's headers, by case-insensitive name
 * @param body the response's body as text, up to 64 KiB of it; the token is masked
 * @param attempts the number of attempts made, the first included
 * @param outcomeUnknown whether some attempt of a non-idempotent call may have been
 * carried out
 */
public record ApiErrorResponse(String operation, int statusCode, Map<String, List<String>> headers, String body,
		int attempts, boolean outcomeUnknown) {

	public ApiErrorResponse {
		Map<String, List<String>> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		headers.forEach((name, values) -> copy.put(name, List.copyOf(values)));
		headers = Collections.unmodifiableMap(copy);
	}

	/**
	 * Return how long the server asks to wait, read from the {@code Retry-After} header.
	 * @param now the current time, from which a date is counted
	 * @return the wait, zero for a date that has passed, or {@code null} without a valid
	 * header
	 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.retry-after">RFC 9110,
	 * Retry-After</a>
	 */
	public @Nullable Duration retryAfter(Instant now) {
		List<String> values = this.headers.get("Retry-After");
		return (values != null && !values.isEmpty()) ? RetryAfter.parse(values.get(0), now) : null;
	}

}

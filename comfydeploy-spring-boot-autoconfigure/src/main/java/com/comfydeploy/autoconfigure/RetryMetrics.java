package com.comfydeploy.autoconfigure;

/**
 * Counter of retries. A separate type, so that no bean of a general type is published.
 */
@FunctionalInterface
interface RetryMetrics {

	void count(String operation, String reason);

}

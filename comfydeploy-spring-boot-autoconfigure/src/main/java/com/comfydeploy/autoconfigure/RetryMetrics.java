package com.comfydeploy.autoconfigure;

/**
 * Counts attempts after the first. A type of its own, so that no bean of a general kind
 * is published.
 */
@FunctionalInterface
interface RetryMetrics {

	void count(String operation, String reason);

}

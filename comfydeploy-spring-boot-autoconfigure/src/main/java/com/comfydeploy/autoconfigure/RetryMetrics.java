package com.comfydeploy.autoconfigure;

import java.util.function.BiConsumer;

/**
 * Counts attempts after the first, by operation and reason. A type of its own, so that no
 * bean of a general kind is published.
 */
@FunctionalInterface
interface RetryMetrics extends BiConsumer<String, String> {

}

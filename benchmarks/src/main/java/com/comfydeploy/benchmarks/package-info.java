/**
 * Benchmarks that compare calls with other ways to make the same requests.
 */
@NullMarked
package com.comfydeploy.benchmarks;

import org.jspecify.annotations.NullMarked;

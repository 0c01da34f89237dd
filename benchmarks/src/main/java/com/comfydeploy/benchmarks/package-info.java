/**
 * What a call costs, beside doing it by hand.
 */
@NullMarked
package com.comfydeploy.benchmarks;

import org.jspecify.annotations.NullMarked;

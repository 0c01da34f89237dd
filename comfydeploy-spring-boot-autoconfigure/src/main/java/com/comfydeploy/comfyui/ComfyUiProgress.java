package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * How far a workflow is.
 *
 * @param promptId the id under which it is run
 * @param nodeId the node that is executed, or {@code null} before the first and after the
 * last
 * @param value how far that node is, such as the steps that a sampler has made
 * @param max what the value goes up to, more than zero
 * @param finishedNodes the number of nodes that are done
 * @param totalNodes the number of nodes in the workflow
 */
public record ComfyUiProgress(String promptId, @Nullable String nodeId, double value, double max, int finishedNodes,
		int totalNodes) {

	/**
	 * Return how much of the workflow is done, each node counted the same.
	 * @return from 0 to 1
	 */
	public double fraction() {
		double current = (this.nodeId != null) ? Math.max(0, Math.min(1, this.value / this.max)) : 0;
		return Math.min(1, (this.finishedNodes + current) / this.totalNodes);
	}

}

package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * Progress of a workflow.
 *
 * @param promptId the id under which the workflow runs
 * @param nodeId the id of the node that is being executed, or {@code null} before the
 * first node and after the last
 * @param value the progress of that node, such as the finished steps of a sampler
 * @param max the maximum of the value, more than zero
 * @param finishedNodes the number of finished nodes
 * @param totalNodes the number of nodes in the workflow
 */
public record ComfyUiProgress(String promptId, @Nullable String nodeId, double value, double max, int finishedNodes,
		int totalNodes) {

	/**
	 * Return the finished fraction of the workflow. Each node has the same weight.
	 * @return from 0 to 1
	 */
	public double fraction() {
		double current = (this.nodeId != null) ? Math.max(0, Math.min(1, this.value / this.max)) : 0;
		return Math.min(1, (this.finishedNodes + current) / this.totalNodes);
	}

}

package com.comfydeploy.lease;

import java.util.List;

import org.springframework.context.ApplicationEvent;

import com.comfydeploy.lease.store.StoredLease;

/**
 * Event for a stored lease that needs attention. It is published in two cases: the JVM of
 * the lease has failed and the policy is {@link OrphanPolicy#REPORT}, or the outcome of
 * the create is unknown and the session cannot be identified. In both cases, no session
 * is cancelled.
 */
@SuppressWarnings("serial")
public class LeaseReportEvent extends ApplicationEvent {

	private final transient StoredLease lease;

	private final List<String> candidates;

	/**
	 * Create an event.
	 * @param lease the lease, as the store knows it
	 * @param candidates the ids of the sessions that may belong to it, possibly empty
	 */
	public LeaseReportEvent(StoredLease lease, List<String> candidates) {
		super(lease);
		this.lease = lease;
		this.candidates = List.copyOf(candidates);
	}

	/**
	 * Return the lease, as the store knows it.
	 * @return the lease
	 */
	public StoredLease getLease() {
		return this.lease;
	}

	/**
	 * Return the sessions that may belong to it.
	 * @return an immutable list of ids, possibly empty; if the session of the lease is
	 * known, only its id
	 */
	public List<String> getCandidates() {
		return this.candidates;
	}

	@Override
	public String toString() {
		return "LeaseReportEvent[lease=" + this.lease + ", candidates=" + this.candidates + "]";
	}

}

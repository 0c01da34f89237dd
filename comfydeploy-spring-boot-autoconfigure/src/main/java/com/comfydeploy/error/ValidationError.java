package com.comfydeploy.error;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One thing that the server found wrong with a request.
 *
 * @param loc where: strings for names, integers for positions, such as
 * {@code ["body", "timeout"]} or {@code ["body", 15]}
 * @param msg what is wrong, for people; may be empty
 * @param type what is wrong, for programs, such as {@code missing}; may be empty
 * @see HttpValidationException
 */
public record ValidationError(List<Object> loc, String msg, String type) implements Serializable {

	public ValidationError {
		loc = List.copyOf(loc);
	}

	@Override
	public String toString() {
		String where = this.loc.stream().map(String::valueOf).collect(Collectors.joining("."));
		return where.isEmpty() ? this.msg : where + ": " + this.msg;
	}

}

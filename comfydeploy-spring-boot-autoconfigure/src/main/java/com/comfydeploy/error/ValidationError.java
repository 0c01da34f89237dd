package com.comfydeploy.error;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Error that the server found in a request.
 *
 * @param loc the location: strings for names, integers for positions, such as
 * {@code ["body", "timeout"]} or {@code ["body", 15]}
 * @param msg the human-readable description; possibly empty
 * @param type the machine-readable type, such as {@code missing}; possibly empty
 * @see HttpValidationException
 */
public record ValidationError(List<Object> loc, String msg, String type) implements Serializable {

	public ValidationError {
		loc = List.copyOf(loc);
	}

	@Override
	public String toString() {
		String location = this.loc.stream().map(String::valueOf).collect(Collectors.joining("."));
		return location.isEmpty() ? this.msg : location + ": " + this.msg;
	}

}

package com.comfydeploy.session;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

/**
 * Response to a snapshot: a new version of a machine.
 *
 * @param message what the server says, for people
 * @param versionId the id of the machine's new version
 * @param version the number of that version
 * @param imageId the id of the image it runs
 * @see SessionOperations#snapshot(String)
 */
public record SessionSnapshot(@Nullable String message, String versionId, int version,
		@Nullable String imageId) implements Serializable {

}

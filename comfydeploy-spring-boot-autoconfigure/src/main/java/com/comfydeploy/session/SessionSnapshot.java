package com.comfydeploy.session;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

/**
 * Response to a snapshot: a new version of a machine.
 *
 * @param message the message of the server
 * @param versionId the id of the new version of the machine
 * @param version the number of this version
 * @param imageId the id of the image of this version
 * @see SessionOperations#snapshot(String)
 */
public record SessionSnapshot(@Nullable String message, String versionId, int version,
		@Nullable String imageId) implements Serializable {

}

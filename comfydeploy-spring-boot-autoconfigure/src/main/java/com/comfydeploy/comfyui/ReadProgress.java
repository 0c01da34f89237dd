package com.comfydeploy.comfyui;

/**
 * How much of a file has been read.
 *
 * @param bytes how much has been read, in bytes
 * @param totalBytes the size of the file in bytes, {@code -1} if it is not known
 */
public record ReadProgress(long bytes, long totalBytes) {

}

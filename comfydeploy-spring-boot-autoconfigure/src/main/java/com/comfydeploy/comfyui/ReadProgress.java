package com.comfydeploy.comfyui;

/**
 * Progress of reading a file.
 *
 * @param bytes the number of bytes read
 * @param totalBytes the size of the file in bytes, {@code -1} if it is not known
 */
public record ReadProgress(long bytes, long totalBytes) {

}

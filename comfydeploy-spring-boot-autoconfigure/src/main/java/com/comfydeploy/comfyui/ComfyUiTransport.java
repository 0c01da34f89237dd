package com.comfydeploy.comfyui;

import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportRequest;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * Sends one request and receives its response.
 */
@FunctionalInterface
interface ComfyUiTransport {

	TransportResponse exchange(TransportRequest request) throws TransportException;

}

package com.comfydeploy.comfyui;

import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportRequest;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * Makes one exchange over the network.
 */
@FunctionalInterface
interface ComfyUiTransport {

	TransportResponse exchange(TransportRequest request) throws TransportException;

}

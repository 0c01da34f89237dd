/**
 * What runs on a session: ComfyUI's own API at the session's url.
 */
@NullMarked
package com.comfydeploy.comfyui;

import org.jspecify.annotations.NullMarked;

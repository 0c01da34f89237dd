/**
 * ComfyUI's own API at the URL of a session.
 */
@NullMarked
package com.comfydeploy.comfyui;

import org.jspecify.annotations.NullMarked;

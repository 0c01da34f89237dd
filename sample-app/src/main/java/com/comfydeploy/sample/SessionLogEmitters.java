package com.comfydeploy.sample;

import java.io.IOException;
import java.time.Duration;

import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionLogEntry;

/**
 * Hands the logs of sessions on to browsers.
 */
@Component
class SessionLogEmitters {

	/**
	 * A log never ends by itself, and a browser that has gone is noticed only on sending.
	 */
	private static final Duration LIMIT = Duration.ofMinutes(15);

	private final AsyncTaskExecutor executor;

	SessionLogEmitters(AsyncTaskExecutor applicationTaskExecutor) {
		this.executor = applicationTaskExecutor;
	}

	SseEmitter emit(SessionLog log) {
		SseEmitter emitter = new SseEmitter(LIMIT.toMillis());
		emitter.onCompletion(log::close);
		emitter.onTimeout(log::close);
		this.executor.submit(() -> {
			try (log) {
				for (SessionLogEntry entry : log) {
					emitter.send(entry);
				}
				emitter.complete();
			}
			catch (IOException | IllegalStateException ex) {
				emitter.completeWithError(ex);
			}
		});
		return emitter;
	}

}

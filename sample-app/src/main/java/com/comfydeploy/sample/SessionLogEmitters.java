package com.comfydeploy.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionLogEntry;

/**
 * Sends the logs of sessions to browsers.
 */
@Component
class SessionLogEmitters {

	/**
	 * Limit, because a log does not end by itself and a closed browser is detected only
	 * when something is sent.
	 */
	private static final Duration LIMIT = Duration.ofMinutes(15);

	private final AsyncTaskExecutor executor;

	private final Set<SessionLog> open = ConcurrentHashMap.newKeySet();

	SessionLogEmitters(AsyncTaskExecutor applicationTaskExecutor) {
		this.executor = applicationTaskExecutor;
	}

	SseEmitter emit(SessionLog log) {
		SseEmitter emitter = new SseEmitter(LIMIT.toMillis());
		emitter.onCompletion(log::close);
		emitter.onTimeout(log::close);
		this.open.add(log);
		try {
			this.executor.submit(() -> forward(log, emitter));
		}
		catch (TaskRejectedException ex) {
			close(log);
			throw ex;
		}
		return emitter;
	}

	private void forward(SessionLog log, SseEmitter emitter) {
		try {
			for (SessionLogEntry entry : log) {
				emitter.send(entry);
			}
			emitter.complete();
		}
		catch (IOException | IllegalStateException ex) {
			emitter.completeWithError(ex);
		}
		finally {
			close(log);
		}
	}

	private void close(SessionLog log) {
		this.open.remove(log);
		log.close();
	}

	/**
	 * Close all logs, so that the web server does not wait for them when it stops.
	 */
	@EventListener(ContextClosedEvent.class)
	void closeAll() {
		this.open.forEach(SessionLog::close);
	}

}

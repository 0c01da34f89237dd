package com.comfydeploy.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow.Subscription;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the JDK may hand on, and what it means.
 */
class InterruptibleBodyTests {

	@Test
	void nothingIsNotTheEnd() throws IOException {
		InterruptibleBody body = new InterruptibleBody();
		body.onSubscribe(new Subscription() {

			@Override
			public void request(long count) {
			}

			@Override
			public void cancel() {
			}

		});
		body.onNext(List.of());
		body.onNext(List.of(ByteBuffer.allocate(0)));
		body.onNext(List.of(ByteBuffer.wrap("data".getBytes())));
		body.onComplete();
		assertThat(body.readAllBytes()).asString().isEqualTo("data");
	}

}

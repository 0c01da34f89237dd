package com.comfydeploy.test;

import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of the {@linkplain FakeComfyDeploy#requests() requests} that a
 * {@link FakeComfyDeploy} records.
 */
class FakeComfyDeployRequestTests {

	private final FakeComfyDeploy fake = FakeComfyDeploy.start();

	private final FakeHttpClient client = new FakeHttpClient(this.fake);

	@AfterEach
	void closeFake() {
		this.fake.close();
	}

	@Test
	void requestsAreRecordedAsTheyWereSent() {
		this.client.post("/session", "{\"machine_id\": \"\u00e9\"}");
		this.client.get("/sessions?machine_id=a%20b");
		this.client.delete("/session/a%20b?wait_for_shutdown=true");
		assertThat(this.fake.requests()).containsExactly(
				new RecordedRequest("create", "POST", "/session", "{\"machine_id\": \"\u00e9\"}"),
				new RecordedRequest("list", "GET", "/sessions?machine_id=a%20b", ""),
				new RecordedRequest("cancel", "DELETE", "/session/a%20b?wait_for_shutdown=true", ""));
	}

	@Test
	void requestsAreCountedByTheirOperation() {
		this.client.post("/session/x/increase-timeout", "{\"minutes\":5}");
		this.client.get("/sessions");
		this.client.post("/session/increase-timeout", "{}");
		assertThat(this.fake.requests("increase-timeout")).extracting(RecordedRequest::path)
			.containsExactly("/session/x/increase-timeout", "/session/increase-timeout");
		assertThat(this.fake.requests("list")).hasSize(1);
		assertThat(this.fake.requests("get")).isEmpty();
		assertThatIllegalArgumentException().isThrownBy(() -> this.fake.requests("delete"));
	}

	@Test
	void failedRequestIsRecorded() {
		this.fake.fail(Fault.drop().on("snapshot"));
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> this.client.post("/session/x/snapshot", ""));
		this.client.send(this.client.anonymous("GET", "/session/x", null));
		this.client.send("PUT", "/sessions");
		assertThat(this.fake.requests()).containsExactly(
				new RecordedRequest("snapshot", "POST", "/session/x/snapshot", ""),
				new RecordedRequest("get", "GET", "/session/x", ""), new RecordedRequest(null, "PUT", "/sessions", ""));
	}

	@Test
	void resetRemovesTheRequests() {
		this.client.get("/sessions");
		this.fake.reset();
		assertThat(this.fake.requests()).isEmpty();
		this.client.get("/session/x");
		assertThat(this.fake.requests()).extracting(RecordedRequest::operation).containsExactly("get");
	}

	@Test
	void onlyTheLatestRequestsAreKept() {
		RequestJournal<RecordedRequest> journal = new RequestJournal<>((request) -> request.body().length());
		IntStream.rangeClosed(0, RequestJournal.MAX_COUNT)
			.forEach((i) -> journal.add(new RecordedRequest("get", "GET", "/session/" + i, "")));
		assertThat(journal.list()).hasSize(RequestJournal.MAX_COUNT);
		assertThat(journal.list().get(0).path()).isEqualTo("/session/1");
	}

	@Test
	void onlyTheLatestBytesAreKept() {
		RequestJournal<Long> journal = new RequestJournal<>(Long::longValue);
		journal.add(1L);
		journal.add(RequestJournal.MAX_BYTES - 1);
		assertThat(journal.list()).containsExactly(1L, RequestJournal.MAX_BYTES - 1);
		journal.add(2L);
		assertThat(journal.list()).containsExactly(2L);
		journal.add(RequestJournal.MAX_BYTES + 1);
		assertThat(journal.list()).containsExactly(RequestJournal.MAX_BYTES + 1);
		journal.clear();
		journal.add(1L);
		journal.add(2L);
		assertThat(journal.list()).containsExactly(1L, 2L);
	}

}

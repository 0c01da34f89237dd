package com.comfydeploy.lease;

import java.time.Duration;
import java.util.function.Function;

import org.junit.jupiter.api.AfterEach;

import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Base class for tests of leases of a {@link LeaseFixture}.
 */
abstract class AbstractLeaseTests {

	private final Function<FakeComfyDeploy.Builder, LeaseFixture> fixtures;

	LeaseFixture fixture;

	AbstractLeaseTests(Function<FakeComfyDeploy.Builder, LeaseFixture> fixtures) {
		this.fixtures = fixtures;
		this.fixture = fixtures.apply(FakeComfyDeploy.builder());
	}

	@AfterEach
	void closeFixture() throws Exception {
		this.fixture.close();
	}

	/**
	 * Use another fake.
	 */
	void use(FakeComfyDeploy.Builder fake) throws Exception {
		this.fixture.close();
		this.fixture = this.fixtures.apply(fake);
	}

	void pass(Duration duration) {
		this.fixture.time.pass(duration);
	}

}

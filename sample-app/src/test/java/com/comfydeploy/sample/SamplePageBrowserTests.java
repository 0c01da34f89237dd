package com.comfydeploy.sample;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIf;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.WebDriverWait;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the page of the sample in a real browser, operated with the keyboard. They
 * are skipped on a machine without a browser.
 */
@Timeout(600)
@DisabledIf(value = "isBrowserMissing", disabledReason = "There is no Chromium, or no driver of it")
class SamplePageBrowserTests {

	private static final Duration STARTUP = Duration.ofSeconds(3);

	/** Startup with the fault of a slow start. */
	private static final Duration SLOW_STARTUP = Duration.ofSeconds(20);

	private static final Duration SHUTDOWN = Duration.ofSeconds(1);

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private static final Path PICTURES = Path.of("target", "sample-page");

	private static ConfigurableApplicationContext application;

	private static Browser browser;

	private FakeComfyDeploy fake;

	static boolean isBrowserMissing() {
		String missing = Browser.missing();
		if (missing != null) {
			System.out.println("The page of the sample is not tested: " + missing);
		}
		return missing != null;
	}

	@BeforeAll
	static void start() {
		application = new SpringApplicationBuilder(SampleApplication.class, FrozenFake.class).run("--server.port=0",
				"--comfydeploy.bearer=", "--comfydeploy.poll-interval=100ms",
				"--comfydeploy.lease.check-interval=500ms", "--logging.level.org.openqa.selenium=error");
		browser = new Browser();
	}

	@AfterAll
	static void stop() {
		try (ConfigurableApplicationContext last = application; Browser first = browser) {
			// Close both, even if one of them fails
		}
	}

	@BeforeEach
	void openPage() {
		this.fake = application.getBean(FakeComfyDeploy.class);
		this.fake.reset();
		browser.driver().get("http://localhost:" + application.getEnvironment().getProperty("local.server.port"));
		until("the faults of the fake", () -> find("#faults").isDisplayed());
	}

	@Test
	void sessionIsCreatedBecomesReadyIsExtendedAndCancelled() {
		toggle("#plain");
		press("#create .primary");
		until("a session", () -> exists(".session[data-state=starting]"));
		until("its log", () -> text(".session .log").contains("Warming up ComfyUI..."));
		assertThat(exists(".session .url a")).isFalse();

		this.fake.advance(STARTUP);
		until("that it is ready", () -> exists(".session[data-state=ready]"));
		until("the end of its log", () -> text(".session .log").endsWith("Ready"));
		assertThat(find(".session .url a").getDomAttribute("href")).startsWith("http://localhost:");
		assertThat(text(".session .gpu")).isEqualTo("A10G");

		int minutes = minutesLeft();
		press(".session [data-action=extend]");
		until("that it is extended", () -> minutesLeft() >= minutes + 4);
		assertThat(find(".session [data-action=snapshot]").isDisplayed()).as("no snapshot of a session of a machine")
			.isFalse();

		press(".session [data-action=cancel]");
		until("that it is closing", () -> exists(".session[data-state=closing]"));
		assertThat(find(".session [data-action=cancel]").isDisplayed()).isFalse();
		this.fake.advance(SHUTDOWN);
		until("that it has ended", () -> !exists(".session"));
		assertThat(focused().getDomAttribute("id")).isEqualTo("sessions-title");
		assertThat(this.fake.requests("create")).hasSize(1);
		assertThat(this.fake.requests("cancel")).hasSize(1);
	}

	@Test
	void dynamicSessionIsSaved() {
		toggle("#dynamic");
		press("#create .primary");
		until("a session", () -> exists(".session"));
		press(".session [data-action=snapshot]");
		until("that it is saved", () -> text(".session .note").equals("Saved as version 1 of its machine."));
	}

	@Test
	void leaseIsOpenedAndLost() {
		openLease("Ada");
		assertThat(text(".lease .owner")).isEqualTo("Ada");
		until("its price", () -> text(".lease .gpu").startsWith("A10G, $"));
		assertThat(text(".lease .cost")).startsWith("$");
		assertThat(text(".lease .events")).contains("OPENED", "READY");
		assertThat(exists(".session")).as("a second card").isFalse();

		loseLease();
		assertThat(text(".lease .events")).contains("LOST");
		assertThat(find(".lease [data-action=close]").isDisplayed()).isFalse();
		assertThat(find(".lease [data-action=lose]").isDisplayed()).isFalse();

		int leases = browser.driver().findElements(By.className("lease")).size();
		press(".lease [data-action=forget]");
		until("that it is removed", () -> browser.driver().findElements(By.className("lease")).size() == leases - 1);
		assertThat(focused().getDomAttribute("id")).isEqualTo("leases-title");
	}

	@Test
	void leaseIsClosed() {
		openLease("Grace");
		press(".lease [data-action=close]");
		until("that it is cancelled", () -> application.getBean(SessionOperations.class).list().isEmpty());
		assertThat(this.fake.requests("cancel")).hasSize(1);
		this.fake.advance(SHUTDOWN);
		until("that it is closed", () -> exists(".lease:first-child[data-state=closed]"));
		assertThat(text(".lease .state")).isEqualTo("closed");
		assertThat(text(".lease .events")).contains("CLOSED");
	}

	@Test
	void failureIsDescribedForAUser() {
		this.fake
			.fail(Fault.status(403).on("create").body("application/json", "{\"detail\": \"Your plan has no GPUs\"}"));
		press("#create .primary");
		until("an error", () -> !text("#create-error").isEmpty());
		assertThat(text("#create-error")).isEqualTo("ComfyDeploy rejected the request: Your plan has no GPUs.");
	}

	@Test
	void retriesAreCountedWhileAFaultIsSwitchedOn() {
		until("the meters", () -> text("#retries").matches("\\d+"));
		int before = Integer.parseInt(text("#retries"));
		toggle("[name=unavailable]");
		until("a retry", () -> Integer.parseInt(text("#retries")) > before);
		until("its reason", () -> text("#reasons").contains("list 503 "));
		until("its bar", () -> exists("#bars .retried"));

		toggle("[name=slowStart]");
		toggle("[name=unavailable]");
		until("that only starts are slow",
				() -> faults().equals(new FaultController.FaultSettings(true, false, false)));
		forgetEndedLeases();
		create("T4");
		openLease("Ada");
		loseLease();
		openLease("Grace");
		create("H100");
		this.fake.advance(STARTUP);
		create("L40S");
		photograph();
		toggle("[name=slowStart]");
		until("that all faults are off", () -> faults().equals(new FaultController.FaultSettings(false, false, false)));
	}

	@Test
	void validationErrorIsShownAtItsField() {
		toggle("#plain");
		find("#gpu").sendKeys("XYZ", Keys.ENTER);
		until("an error", () -> !text("#gpu-error").isEmpty());
		assertThat(text("#gpu-error")).startsWith("Input should be 'CPU', 'T4'");
		assertThat(find("#gpu").getDomAttribute("aria-invalid")).isEqualTo("true");
		assertThat(find("#gpu").getDomAttribute("aria-describedby")).isEqualTo("gpu-error");
		assertThat(focused()).isEqualTo(find("#gpu"));
		assertThat(find("#machine").getDomAttribute("aria-invalid")).isEqualTo("false");

		find("#gpu").clear();
		find("#machine").clear();
		find("#machine").sendKeys("my-machine", Keys.ENTER);
		until("another error", () -> text("#machine-error").equals("The id of a machine is a UUID"));
		assertThat(text("#gpu-error")).isEmpty();
		assertThat(focused()).isEqualTo(find("#machine"));
		assertThat(this.fake.requests("create")).hasSize(1);
	}

	@Test
	void focusIsKeptWhenThePageIsUpdated() {
		create("A10G");
		this.fake.advance(STARTUP);
		WebElement button = find(".session [data-action=extend]");
		button.sendKeys("");
		until("that it is ready", () -> exists(".session[data-state=ready]"));
		int lists = this.fake.requests("list").size();
		until("another poll", () -> this.fake.requests("list").size() > lists + 1);
		assertThat(focused()).isEqualTo(button);
	}

	@Test
	void dataIsInsertedAsText() {
		this.fake.fail(Fault.status(200).on("list").always().body("application/json", """
				[{"id": "1", "url": "javascript:alert(1)", "gpu": "<img src=x>", "status": "running", "timeout": 15,
				"created_at": "2026-01-01T00:00:00", "timeout_end": "2026-01-01T00:15:00", "machine_id": "<b>bold</b>"}]
				"""));
		until("a session", () -> exists(".session"));
		assertThat(text(".session .url")).isEqualTo("javascript:alert(1)");
		assertThat(text(".session .gpu")).isEqualTo("<img src=x>");
		assertThat(text(".session .machine")).isEqualTo("<b>bold</b>");
		assertThat(browser.driver().findElements(By.cssSelector(".session :is(a, img, b)"))).isEmpty();
	}

	private static void create(String gpu) {
		int before = browser.driver().findElements(By.className("session")).size();
		toggle("#plain");
		find("#gpu").clear();
		find("#gpu").sendKeys(gpu);
		press("#create .primary");
		until("a session", () -> browser.driver().findElements(By.className("session")).size() == before + 1);
	}

	private void openLease(String owner) {
		int before = this.fake.requests("create").size();
		toggle("#lease");
		find("#owner").clear();
		find("#owner").sendKeys(owner);
		press("#create .primary");
		until("its session", () -> this.fake.requests("create").size() == before + 1
				&& exists(".lease:first-child[data-state=starting]"));
		this.fake.advance(SLOW_STARTUP);
		until("that it is open",
				() -> exists(".lease:first-child[data-state=held]") && text(".lease .owner").equals(owner));
	}

	private static void forgetEndedLeases() {
		browser.driver()
			.findElements(By.cssSelector(".lease [data-action=forget]"))
			.stream()
			.filter(WebElement::isDisplayed)
			.forEach((button) -> button.sendKeys(Keys.ENTER));
		until("that they are removed", () -> !exists(".lease[data-state=lost], .lease[data-state=closed]"));
	}

	private void loseLease() {
		press(".lease [data-action=lose]");
		until("that it is lost by the server", () -> text(".lease .note").startsWith("The server has ended"));
		this.fake.advance(SHUTDOWN);
		until("that it is lost", () -> exists(".lease:first-child[data-state=lost]"));
	}

	private static FaultController.FaultSettings faults() {
		return application.getBean(FaultController.class).get();
	}

	private static void photograph() {
		browser.photograph(PICTURES.resolve("light.png"), 1200, "light");
		browser.photograph(PICTURES.resolve("dark.png"), 1200, "dark");
		browser.photograph(PICTURES.resolve("phone.png"), 390, "light");
	}

	private static int minutesLeft() {
		return Integer.parseInt(text(".session .left").split(":")[0]);
	}

	private static void press(String selector) {
		find(selector).sendKeys(Keys.ENTER);
	}

	private static void toggle(String selector) {
		find(selector).sendKeys(Keys.SPACE);
	}

	private static String text(String selector) {
		return find(selector).getText();
	}

	private static boolean exists(String selector) {
		return !browser.driver().findElements(By.cssSelector(selector)).isEmpty();
	}

	private static WebElement find(String selector) {
		return browser.driver().findElement(By.cssSelector(selector));
	}

	private static WebElement focused() {
		return browser.driver().switchTo().activeElement();
	}

	private static void until(String what, Supplier<Boolean> condition) {
		new WebDriverWait(browser.driver(), PATIENCE).pollingEvery(Duration.ofMillis(100))
			.ignoreAll(List.of(StaleElementReferenceException.class))
			.withMessage(() -> what + " did not appear")
			.until((driver) -> condition.get());
	}

	/**
	 * Fake that replaces the fake of the sample. Its time is frozen, so that a slow
	 * machine does not miss a state.
	 */
	static class FrozenFake {

		@Bean
		@Primary
		FakeComfyDeploy frozenFakeComfyDeploy() {
			return FakeComfyDeploy.builder().frozen().startup(STARTUP).shutdown(SHUTDOWN).start();
		}

	}

}

package com.comfydeploy.sample;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.WebDriverWait;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page that renders a picture, in a real browser. Skipped on a machine without one.
 */
@Timeout(600)
@DisabledIf(value = "isBrowserMissing", disabledReason = "There is no Chromium, or no driver of it")
class RenderingPageBrowserTests {

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private static final Duration RENDER_TIME = Duration.ofSeconds(3);

	private static final Path PICTURES = Path.of("target", "sample-page");

	private static ConfigurableApplicationContext application;

	private static Browser browser;

	static boolean isBrowserMissing() {
		String missing = Browser.missing();
		if (missing != null) {
			System.out.println("The page that renders is not tested: " + missing);
		}
		return missing != null;
	}

	@BeforeAll
	static void start() {
		application = new SpringApplicationBuilder(SampleApplication.class, RenderingFake.class).run("--server.port=0",
				"--comfydeploy.bearer=", "--logging.level.org.openqa.selenium=error");
		browser = new Browser();
	}

	@AfterAll
	static void stop() {
		try (ConfigurableApplicationContext last = application; Browser first = browser) {
			// Each is closed, whatever becomes of the other
		}
	}

	@Test
	void pictureIsRenderedAndTheGpuGivenBack() {
		open();
		render("a lighthouse at dusk, long exposure", "Ada");
		until("the session", () -> text(".rendering .lease").startsWith("Rendering on session "));
		fake().advance(RENDER_TIME.dividedBy(2));
		until("progress", () -> progress() > 0.2 && progress() < 1);
		fake().advance(RENDER_TIME);
		until("the end", () -> text(".rendering .lease").endsWith(" is cancelled."));
		until("the picture", () -> width() == 768);
		assertThat(progress()).isEqualTo(1);
		assertThat(text(".rendering .what")).isEqualTo("a lighthouse at dusk, long exposure");
		assertThat(text(".rendering .who")).isEqualTo("for Ada");
		assertThat(application.getBean(SessionOperations.class).list()).isEmpty();

		render("a red bicycle against a blue wall", "Grace");
		until("the second session", () -> text(".rendering .lease").startsWith("Rendering on session "));
		fake().advance(RENDER_TIME);
		until("the second picture", () -> width() == 768 && text(".rendering .lease").endsWith(" is cancelled."));
		browser.photograph(PICTURES.resolve("render-light.png"), 1200, "light");
		browser.photograph(PICTURES.resolve("render-dark.png"), 1200, "dark");
		browser.photograph(PICTURES.resolve("render-phone.png"), 390, "light");
	}

	@ParameterizedTest
	@ValueSource(ints = { 1200, 768, 390, 320 })
	void machineIsShownWhole(int width) {
		open();
		assertThat(browser.showsWholeValue("#machine", width)).isTrue();
	}

	@Test
	void failureSaysWhichNodeAndWhatItSaid() {
		open();
		fake().fail(Fault.failedNode("KSampler", "CUDA out of memory"));
		render("too large", "Ada");
		until("the session", () -> text(".rendering .lease").startsWith("Rendering on session "));
		fake().advance(RENDER_TIME);
		until("the failure", () -> text(".rendering .error").contains("at node 5 (KSampler): CUDA out of memory"));
		assertThat(application.getBean(SessionOperations.class).list()).isEmpty();
	}

	@Test
	void urlOfASessionShowsAPage() {
		SessionOperations sessions = application.getBean(SessionOperations.class);
		String id = sessions.create(CreateSessionRequest.forMachine(FakeComfyDeploy.MACHINE_ID).build()).sessionId();
		browser.driver().get(sessions.awaitReady(id, PATIENCE).url());
		assertThat(text("h1")).isEqualTo("ComfyUI of a fake session");
		fake().reset();
	}

	private static FakeComfyDeploy fake() {
		return application.getBean(FakeComfyDeploy.class);
	}

	private static void open() {
		browser.driver()
			.get("http://localhost:" + application.getEnvironment().getProperty("local.server.port") + "/render.html");
	}

	private static void render(String text, String owner) {
		fill("#text", text);
		fill("#owner", owner);
		find("#order .primary").click();
	}

	private static void fill(String selector, String text) {
		WebElement input = find(selector);
		input.clear();
		input.sendKeys(text);
	}

	private static WebElement find(String selector) {
		return browser.driver().findElement(By.cssSelector(selector));
	}

	private static String text(String selector) {
		return find(selector).getText();
	}

	private static double progress() {
		return ((Number) browser.driver().executeScript("return document.querySelector('.rendering progress').value"))
			.doubleValue();
	}

	/** The picture's own width, which only one that was read and understood has. */
	private static long width() {
		return ((Number) browser.driver().executeScript("return document.querySelector('.rendering img').naturalWidth"))
			.longValue();
	}

	private static void until(String what, Supplier<Boolean> condition) {
		new WebDriverWait(browser.driver(), PATIENCE).withMessage(what).until((driver) -> condition.get());
	}

	/**
	 * Fake that replaces the fake of the sample. Its time is frozen, so that a slow
	 * machine does not miss the progress.
	 */
	static class RenderingFake {

		@Bean
		@Primary
		FakeComfyDeploy renderingFake() {
			return FakeComfyDeploy.builder().frozen().renderTime(RENDER_TIME).start();
		}

	}

}

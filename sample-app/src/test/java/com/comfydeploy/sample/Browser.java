package com.comfydeploy.sample;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

/**
 * Headless Chromium of this machine. Its driver creates a new profile and removes it.
 */
final class Browser implements AutoCloseable {

	private static final Optional<File> CHROMIUM = find("CHROME_BIN", "chromium", "chromium-browser", "google-chrome");

	private static final Optional<File> DRIVER = find("CHROMEDRIVER", "chromedriver");

	/** A busy machine may need longer than Selenium's 20 seconds. */
	private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

	private final ChromeDriver driver;

	Browser() {
		ChromeOptions options = new ChromeOptions();
		options.setBinary(CHROMIUM.orElseThrow());
		options.addArguments("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
				"--disable-sync");
		ChromeDriverService service = new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.orElseThrow())
			.withTimeout(START_TIMEOUT)
			.build();
		this.driver = new ChromeDriver(service, options);
	}

	/**
	 * Return the programs that this machine lacks, or {@code null} if none.
	 */
	static String missing() {
		List<String> missing = Stream
			.of(CHROMIUM.isEmpty() ? "chromium (or CHROME_BIN)" : "",
					DRIVER.isEmpty() ? "chromedriver (or CHROMEDRIVER)" : "")
			.filter((name) -> !name.isEmpty())
			.toList();
		return missing.isEmpty() ? null : "There is no " + String.join(" and no ", missing) + " on this machine";
	}

	private static Optional<File> find(String variable, String... names) {
		String given = System.getenv(variable);
		Stream<File> onPath = Arrays.stream(names)
			.flatMap((name) -> Arrays
				.stream(System.getenv().getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator)))
				.map((folder) -> new File(folder, name)));
		return Stream.concat(Stream.ofNullable(given).map(File::new), onPath)
			.filter(File::canExecute)
			.filter(File::isFile)
			.findFirst();
	}

	ChromeDriver driver() {
		return this.driver;
	}

	/**
	 * Save a picture of the whole page.
	 * @param file the file
	 * @param width the width of the page in pixels
	 * @param scheme the preferred color scheme, {@code light} or {@code dark}
	 */
	void photograph(Path file, int width, String scheme) {
		this.driver.executeCdpCommand("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme),
						Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
		emulateWidth(width, 800);
		Number height = (Number) this.driver.executeScript("return document.documentElement.scrollHeight");
		emulateWidth(width, height.intValue());
		try {
			Files.createDirectories(file.getParent());
			Files.write(file, this.driver.getScreenshotAs(OutputType.BYTES));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.driver.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
	}

	/**
	 * Whether an input field shows its whole value.
	 * @param width the width of the page in pixels
	 */
	boolean showsWholeValue(String selector, int width) {
		emulateWidth(width, 800);
		boolean whole = (Boolean) this.driver.executeScript(
				"const input = document.querySelector(arguments[0]); return input.scrollWidth <= input.clientWidth",
				selector);
		this.driver.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
		return whole;
	}

	private void emulateWidth(int width, int height) {
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
	}

	@Override
	public void close() {
		this.driver.quit();
	}

}

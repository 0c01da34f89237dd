package com.comfydeploy.test;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import javax.imageio.ImageIO;

/**
 * Picture that a person can recognize: a gradient of two colors that depend on the seed,
 * with the text of the prompt.
 *
 * @param text the text, possibly empty
 * @param seed the number from which the colors are computed
 * @param width the width in pixels
 * @param height the height in pixels
 */
record ComfyUiPicture(String text, long seed, int width, int height) {

	private static final int MAX_TEXT = 400;

	static {
		// Otherwise drawing connects to the window system
		if (System.getProperty("java.awt.headless") == null) {
			System.setProperty("java.awt.headless", "true");
		}
	}

	/**
	 * Paint the picture. The same picture has the same bytes.
	 * @return a PNG
	 */
	byte[] toPng() {
		BufferedImage image = new BufferedImage(this.width, this.height, BufferedImage.TYPE_INT_RGB);
		Graphics2D graphics = image.createGraphics();
		try {
			paint(graphics);
		}
		finally {
			graphics.dispose();
		}
		ByteArrayOutputStream output = new ByteArrayOutputStream();
		try {
			ImageIO.setUseCache(false);
			ImageIO.write(image, "png", output);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return output.toByteArray();
	}

	private void paint(Graphics2D graphics) {
		graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
		graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
		Random random = new Random(this.seed * 31 + this.text.hashCode());
		float hue = random.nextFloat();
		graphics.setPaint(new GradientPaint(0, 0, Color.getHSBColor(hue, 0.65f, 0.85f), this.width, this.height,
				Color.getHSBColor(hue + 0.15f + 0.4f * random.nextFloat(), 0.75f, 0.35f)));
		graphics.fillRect(0, 0, this.width, this.height);
		graphics.setColor(new Color(255, 255, 255, 36));
		for (int i = 0; i < 6; i++) {
			int size = (int) (Math.min(this.width, this.height) * (0.2 + 0.6 * random.nextDouble()));
			graphics.fillOval(random.nextInt(this.width) - size / 2, random.nextInt(this.height) - size / 2, size,
					size);
		}
		try {
			write(graphics);
		}
		catch (LinkageError | RuntimeException ex) {
			// A JDK without fonts: the gradient is the picture
		}
	}

	private void write(Graphics2D graphics) {
		int size = Math.max(8, this.width / 16);
		graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, size));
		FontMetrics metrics = graphics.getFontMetrics();
		List<String> lines = lines(metrics, this.width - 2 * size);
		int y = (this.height - lines.size() * metrics.getHeight()) / 2 + metrics.getAscent();
		for (String line : lines) {
			int x = (this.width - metrics.stringWidth(line)) / 2;
			graphics.setColor(new Color(0, 0, 0, 120));
			graphics.drawString(line, x + size / 12f, y + size / 12f);
			graphics.setColor(Color.WHITE);
			graphics.drawString(line, x, y);
			y += metrics.getHeight();
		}
	}

	private List<String> lines(FontMetrics metrics, int room) {
		List<String> lines = new ArrayList<>();
		String line = "";
		String shown = (this.text.length() > MAX_TEXT) ? this.text.substring(0, MAX_TEXT) : this.text;
		for (String word : shown.split("\\s+")) {
			String longer = line.isEmpty() ? word : line + " " + word;
			if (!line.isEmpty() && metrics.stringWidth(longer) > room) {
				lines.add(line);
				line = word;
			}
			else {
				line = longer;
			}
		}
		lines.add(line);
		return lines;
	}

}

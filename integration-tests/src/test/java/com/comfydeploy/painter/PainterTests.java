package com.comfydeploy.painter;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;

import javax.imageio.ImageIO;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.ComfyUiRequest;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Test that renders a picture, in an application of the module's type.
 */
@SpringBootTest
@AutoConfigureFakeComfyDeploy
@Timeout(120)
class PainterTests {

	@Test
	void pictureIsSaved(@Autowired Painter painter, @Autowired FakeComfyDeploy fake,
			@Autowired SessionOperations sessions, @TempDir Path folder) throws Exception {
		Path file = folder.resolve("picture.png");
		Files.write(file, painter.paint("fake-machine", "a red bicycle"));
		BufferedImage picture = ImageIO.read(file.toFile());
		assertThat(picture.getWidth()).isEqualTo(768);
		assertThat(picture.getHeight()).isEqualTo(512);
		assertThat(sessions.list()).isEmpty();
		assertThat(fake.comfyUiRequests()).extracting(ComfyUiRequest::body)
			.anyMatch((body) -> body.contains("a red bicycle"));
	}

}

package com.comfydeploy.comfyui;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Workflow}.
 */
class WorkflowTests {

	private static final String JSON = """
			{"1": {"class_type": "CLIPTextEncode", "inputs": {"text": "a", "clip": ["3", 1]}, "_meta": {"title": "Prompt"}},
			 "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "b"}, "_meta": {"title": "Twice"}},
			 "3": {"class_type": "Loader", "inputs": {}, "_meta": {"title": "Twice"}},
			 "Prompt 2": {"class_type": "Other"}}""";

	private final Workflow workflow = Workflow.of(JSON);

	@Test
	void inputIsSetById() {
		Workflow changed = this.workflow.input("1", "text", "ü \"quoted\"");
		assertThat(changed.toJson()).contains("\"text\":\"ü \\\"quoted\\\"\"", "\"clip\":[\"3\",1]");
		assertThat(this.workflow.toJson()).contains("\"text\":\"a\"");
		assertThat(this.workflow).isEqualTo(Workflow.of(JSON))
			.isNotEqualTo(changed)
			.hasSameHashCodeAs(Workflow.of(JSON));
	}

	@Test
	void inputIsSetByTitle() {
		assertThat(this.workflow.input("Prompt", "text", "c")).isEqualTo(this.workflow.input("1", "text", "c"));
		assertThat(this.workflow.input("Prompt 2", "x", 1).toJson()).contains("\"inputs\":{\"x\":1}");
	}

	@Test
	void titleOfSeveralNodesIsRejected() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.workflow.input("Twice", "text", "c"))
			.withMessage("The nodes [2, 3] have the title 'Twice': use an id");
	}

	@Test
	void unknownNodeIsRejectedWithTheKnownOnes() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.workflow.input("9", "text", "c"))
			.withMessageContaining("'9'")
			.withMessageContaining("1 (Prompt), 2 (Twice), 3 (Twice), Prompt 2 (Other)");
	}

	@Test
	void valuesAreCopied() {
		List<Object> list = new ArrayList<>(List.of("3", 0));
		Map<String, Object> map = new HashMap<>(Map.of("a", list));
		Workflow changed = this.workflow.input("1", "map", map).input("1", "clip", list);
		list.add("more");
		map.clear();
		assertThat(changed.toJson()).contains("\"map\":{\"a\":[\"3\",0]}", "\"clip\":[\"3\",0]");
	}

	@Test
	void uploadedFileIsANameWithItsFolder() {
		assertThat(this.workflow.input("1", "image", new UploadedFile("a.png", "x/y", "input")).toJson())
			.contains("\"image\":\"x/y/a.png\"");
		assertThat(new UploadedFile("a.png", "", "input").inputValue()).isEqualTo("a.png");
	}

	@Test
	void valuesThatJsonDoesNotHaveAreRejected() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.workflow.input("1", "text", new Object()));
		assertThatIllegalArgumentException().isThrownBy(() -> this.workflow.input("1", "text", Double.NaN));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.workflow.input("1", "text", List.of(Float.POSITIVE_INFINITY)));
		assertThatIllegalArgumentException().isThrownBy(() -> this.workflow.input("1", "text", null));
	}

	@Test
	void formatOfTheEditorIsRejectedWithInstructions() {
		assertThatIllegalArgumentException().isThrownBy(
				() -> Workflow.of("{\"last_node_id\": 2, \"nodes\": [{\"id\": 1}], \"links\": [], \"version\": 0.4}"))
			.withMessageContaining("editor")
			.withMessageContaining("'Workflow' > 'Export (API)'");
	}

	@ParameterizedTest
	@ValueSource(strings = { "[]", "1", "null", "{}", "{\"1\": null}", "{\"1\": {}}", "{\"1\": {\"class_type\": 1}}",
			"{\"prompt\": {\"1\": {\"class_type\": \"A\"}}}", "{", "not json", " " })
	void otherJsonIsRejected(String json) {
		assertThatIllegalArgumentException().isThrownBy(() -> Workflow.of(json));
	}

	@Test
	void resourceIsRead() {
		assertThat(Workflow.of(new ByteArrayResource(JSON.getBytes()))).isEqualTo(this.workflow);
		assertThatExceptionOfType(UncheckedIOException.class)
			.isThrownBy(() -> Workflow.of(new ClassPathResource("nowhere.json")));
	}

	@Test
	void nameOfAFileIsNoWorkflow() {
		assertThatIllegalArgumentException().isThrownBy(() -> Workflow.of("text-to-image.json"))
			.withMessageStartingWith("The workflow is not JSON")
			.withMessageEndingWith("If the text is the name of a file, pass a Resource instead");
	}

	@Test
	void resourceThatIsNotJsonIsNamed() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Workflow.of(new ByteArrayResource(("// mine" + JSON).getBytes(), "portrait.json")))
			.withMessageStartingWith("The workflow in Byte array resource [portrait.json] is not JSON")
			.withMessageEndingWith("at line 1, column 1. It must be in UTF-8, without comments");
	}

	/** Python writes it, and reads it. */
	@Test
	void notANumberIsWrittenAsItWasRead() {
		String json = "{\"1\":{\"class_type\":\"A\",\"inputs\":{\"x\":NaN,\"y\":-Infinity}}}";
		assertThat(Workflow.of(json).toJson()).isEqualTo(json);
	}

	@Test
	void inputsAreNotShown() {
		assertThat(this.workflow).hasToString("Workflow[4 nodes]");
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.3.57", "0.3.58", "0.4.0", "1.0", "v0.33.0", "0.33.0+abc", "0.3.57.1" })
	void versionInterruptsById(String version) {
		assertThat(PromptInterrupter.interruptsById(version)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.3.56", "0.3.39", "0.3", "0.2.99", "unknown", "", "0.3.x" })
	void versionDoesNotInterruptById(String version) {
		assertThat(PromptInterrupter.interruptsById(version)).isFalse();
		assertThat(PromptInterrupter.interruptsById(null)).isFalse();
	}

	@Test
	void uploadIsNamedByItsContent() {
		byte[] content = { 1 };
		assertThat(UploadName.of("../a b.JPG", content)).matches("a_b-[0-9a-f]{24}\\.JPG");
		assertThat(UploadName.of("C:\\x\\ü", content)).matches("_-[0-9a-f]{24}");
		assertThat(UploadName.of(".png", content)).matches("file-[0-9a-f]{24}\\.png");
		assertThat(UploadName.of("a".repeat(300) + ".png", content)).hasSizeLessThan(100).endsWith(".png");
		assertThat(UploadName.of("a." + "b".repeat(300), content)).hasSizeLessThan(100);
	}

}

package com.comfydeploy.test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.springframework.web.util.HtmlUtils;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Page that a browser shows at the URL of a fake session.
 */
final class ComfyUiPage {

	private static final int MAX_PICTURES = 24;

	private ComfyUiPage() {
	}

	static FakeResponse render(String basePath, ComfyUiVersion version, int remaining, ComfyUiFiles files) {
		List<ComfyUiFiles.Name> pictures = new ArrayList<>(files.list().keySet());
		Collections.reverse(pictures);
		StringBuilder html = new StringBuilder("""
				<!doctype html><html lang="en"><head><meta charset="utf-8"><title>ComfyUI of a fake session</title>
				<meta name="viewport" content="width=device-width, initial-scale=1">
				<meta http-equiv="refresh" content="3">
				<style>body{font:16px system-ui,sans-serif;margin:0;background:#1c1c20;color:#eee}
				main{max-width:60rem;margin:auto;padding:1rem}code{color:#9cf}
				.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.75rem}
				img{width:100%;border-radius:.4rem;display:block}figure{margin:0}
				figcaption{font-size:.8rem;color:#aaa;overflow-wrap:anywhere}</style></head><body><main>
				<h1>ComfyUI of a fake session</h1>
				""");
		html.append("<p>Nothing is rendered here for real: this responds as ComfyUI ")
			.append(version)
			.append(" does, and paints a gradient with the prompt's text. Send a workflow to <code>POST ")
			.append(HtmlUtils.htmlEscape(basePath))
			.append("/prompt</code>.</p><p id=\"queue\">")
			.append((remaining == 0) ? "Idle" : remaining + " in the queue")
			.append("</p><div class=\"pictures\">");
		pictures.stream().limit(MAX_PICTURES).forEach((name) -> html.append(figure(basePath, name)));
		html.append("</div></main></body></html>");
		return FakeResponse.text(200, "").withBody("text/html; charset=utf-8", html.toString());
	}

	private static String figure(String basePath, ComfyUiFiles.Name name) {
		String source = UriComponentsBuilder.fromPath(basePath + "/view")
			.queryParam("filename", "{filename}")
			.queryParam("subfolder", "{subfolder}")
			.queryParam("type", "{type}")
			.encode()
			.buildAndExpand(name.filename(), name.subfolder(), name.type())
			.toUriString();
		String label = HtmlUtils.htmlEscape(name.type() + "/" + name.subfolder() + "/" + name.filename());
		return "<figure><img loading=\"lazy\" alt=\"" + label + "\" src=\"" + HtmlUtils.htmlEscape(source)
				+ "\"><figcaption>" + label + "</figcaption></figure>";
	}

}

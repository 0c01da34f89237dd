package com.comfydeploy.internal;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.session.CallOptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of {@link HeaderRules}, and of the {@link CallOptions} that apply them.
 */
class HeaderRulesTests {

	@ParameterizedTest
	@ValueSource(strings = { "X-One", "a", "!#$%&'*+.^_`|~0-9A-Za-z-" })
	void tokenIsAName(String name) {
		assertThat(HeaderRules.isName(name)).isTrue();
		assertThat(CallOptions.builder().header(name, "1").build().headers()).containsOnlyKeys(name);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "X One", "X:One", "X/One", "X\r\nOne", "X-Öne", "X\u007fs" })
	void otherTextIsNoName(String name) {
		assertThat(HeaderRules.isName(name)).isFalse();
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().header(name, "1"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "a b", "a\tb", "ä" })
	void latin1IsAValue(String value) {
		assertThat(HeaderRules.isValue(value)).isTrue();
		assertThat(CallOptions.builder().header("X-One", value).build().headers()).containsValue(value);
	}

	@ParameterizedTest
	@ValueSource(strings = { "a\nb", "a\rb", "a\u0000", "a\u007f", "€" })
	void otherTextIsNoValue(String value) {
		assertThat(HeaderRules.isValue(value)).isFalse();
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().header("X-One", value))
			.withMessageNotContaining(value);
	}

	@ParameterizedTest
	@ValueSource(strings = { "Connection", "content-length", "Expect", "HOST", "Keep-Alive", "Proxy-Connection", "TE",
			"Trailer", "Transfer-Encoding", "Upgrade" })
	void headerOfTheConnectionIsReserved(String name) {
		assertThat(HeaderRules.isReserved(name)).isTrue();
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().header(name, "1"))
			.withMessageContaining(name);
	}

	@ParameterizedTest
	@ValueSource(strings = { "a", "cd_~!" })
	void visibleAsciiIsAToken(String text) {
		assertThat(HeaderRules.isVisibleAscii(text)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "a b", "a\n", "ä", "a\u007f" })
	void otherTextIsNoToken(String text) {
		assertThat(HeaderRules.isVisibleAscii(text)).isFalse();
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().bearer(text));
	}

}

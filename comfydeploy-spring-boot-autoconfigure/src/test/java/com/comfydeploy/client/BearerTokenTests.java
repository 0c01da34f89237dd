package com.comfydeploy.client;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BearerToken}.
 */
class BearerTokenTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "secret-token | a secret-token, and xsecret-tokenx | a ******, and x******x",
					"ab/cd\\ef\"gh | ab\\/cd\\\\ef\\\"gh ab/cd\\ef\"gh | ****** ******",
					"secret | my secret is secretive | my ****** is secretive", "t0k3n | a t0k3n | a ******",
					"a+b=c/d&e | a\\u002Bb\\u003dc\\u002fd\\u0026e | ******",
					"token | Invalid or missing token | Invalid or missing token", "t | detail | detail" })
	void tokenIsMaskedIfItIsSecret(String token, String text, String masked) {
		assertThat(BearerToken.of(token).mask(text)).isEqualTo(masked);
	}

	@Test
	void tokenIsMaskedInToString() {
		assertThat(BearerToken.of("secret-token")).hasToString("******");
	}

}

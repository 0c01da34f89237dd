package com.comfydeploy.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Logs a warning at startup for each {@code comfydeploy} property that is not in the
 * configuration metadata of the class path, and suggests the most similar name. Spring
 * Boot ignores such properties.
 */
class UnknownProperties implements InitializingBean {

	private static final Log logger = LogFactory.getLog(UnknownProperties.class);

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("comfydeploy");

	private static final List<String> METADATA = List.of("META-INF/spring-configuration-metadata.json",
			"META-INF/additional-spring-configuration-metadata.json");

	private static final Pattern NAME = Pattern.compile("\"name\"\\s*:\\s*\"(comfydeploy\\.[a-z0-9.-]+)\"");

	/** Likely names of the token that are not similar to its real name. */
	static final Set<String> TOKEN_NAMES = Set.of("comfydeploy.token", "comfydeploy.api-key", "comfydeploy.apikey",
			"comfydeploy.api-token", "comfydeploy.key", "comfydeploy.bearer-token");

	/**
	 * Maximum distance of a typing error. An environment variable with a larger distance
	 * belongs to the application.
	 */
	private static final int TYPING_ERROR = 2;

	private final ConfigurableEnvironment environment;

	private final ClassLoader classLoader;

	UnknownProperties(ConfigurableEnvironment environment, ClassLoader classLoader) {
		this.environment = environment;
		this.classLoader = classLoader;
	}

	@Override
	public void afterPropertiesSet() {
		Map<ConfigurationPropertyName, String> known = known();
		if (known.isEmpty()) {
			return; // A native image may have no metadata
		}
		unknown(known.keySet()).forEach((property) -> warn(property, known.values()));
	}

	private void warn(ConfigurationProperty property, Collection<String> known) {
		String name = property.getName().toString();
		String nearest = nearest(name, known);
		if (isVariable(property) && (nearest == null || isKnownVariable(name, known)
				|| distance(uniform(name), uniform(nearest)) > TYPING_ERROR)) {
			return;
		}
		logger.warn("The property '" + name + "' is unknown and has no effect ("
				+ ((property.getOrigin() != null) ? property.getOrigin() : "unknown origin") + ")."
				+ ((nearest != null) ? " Did you mean '" + nearest + "'?" : ""));
	}

	private List<ConfigurationProperty> unknown(Set<ConfigurationPropertyName> known) {
		List<ConfigurationProperty> unknown = new ArrayList<>();
		ConfigurationPropertySources.from(this.environment.getPropertySources()).forEach((source) -> {
			if (source instanceof IterableConfigurationPropertySource iterable) {
				iterable.stream()
					.filter((name) -> PREFIX.isAncestorOf(name) && !known.contains(name))
					.map(source::getConfigurationProperty)
					.filter((property) -> property != null)
					.forEach(unknown::add);
			}
		});
		return unknown;
	}

	/** Spring Boot also accepts an underscore for a dash in the name of a variable. */
	private static boolean isKnownVariable(String name, Collection<String> known) {
		return known.stream().anyMatch((property) -> property.replace('-', '.').equals(name));
	}

	private static boolean isVariable(ConfigurationProperty property) {
		return property.getSource() != null
				&& property.getSource().getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
	}

	/** Return the properties of all metadata, including that of the application. */
	private Map<ConfigurationPropertyName, String> known() {
		Map<ConfigurationPropertyName, String> known = new LinkedHashMap<>();
		for (String metadata : METADATA) {
			try {
				Collections.list(this.classLoader.getResources(metadata)).forEach((resource) -> {
					try (InputStream input = resource.openStream()) {
						names(new String(input.readAllBytes(), StandardCharsets.UTF_8))
							.forEach((name) -> known.put(ConfigurationPropertyName.of(name), name));
					}
					catch (IOException ex) {
						logger.debug("Configuration metadata cannot be read: " + resource, ex);
					}
				});
			}
			catch (IOException ex) {
				logger.debug("Configuration metadata cannot be found", ex);
			}
		}
		return known;
	}

	private static Set<String> names(String metadata) {
		return NAME.matcher(metadata)
			.results()
			.map((match) -> match.group(1))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static @Nullable String nearest(String name, Collection<String> known) {
		if (TOKEN_NAMES.contains(name)) {
			return OnTokenCondition.BEARER;
		}
		int limit = Math.max(TYPING_ERROR, (name.length() - PREFIX.toString().length()) / 3);
		return known.stream()
			.min(Comparator.comparingInt((candidate) -> difference(name, candidate)))
			.filter((candidate) -> difference(name, candidate) <= limit)
			.orElse(null);
	}

	/**
	 * Return the distance of two names; a wrong group, such as {@code lease}, adds one.
	 */
	private static int difference(String name, String candidate) {
		String last = name.substring(name.lastIndexOf('.') + 1);
		String lastOfCandidate = candidate.substring(candidate.lastIndexOf('.') + 1);
		int ofLast = distance(uniform(last), uniform(lastOfCandidate));
		int whole = distance(uniform(name), uniform(candidate));
		return (ofLast < TYPING_ERROR) ? Math.min(whole, 1 + ofLast) : whole;
	}

	private static String uniform(String name) {
		return name.replace("-", "");
	}

	/** Return the Levenshtein distance of two texts. */
	private static int distance(String one, String other) {
		int[] previous = new int[other.length() + 1];
		for (int j = 0; j <= other.length(); j++) {
			previous[j] = j;
		}
		for (int i = 1; i <= one.length(); i++) {
			int[] current = new int[other.length() + 1];
			current[0] = i;
			for (int j = 1; j <= other.length(); j++) {
				int replaced = previous[j - 1] + ((one.charAt(i - 1) == other.charAt(j - 1)) ? 0 : 1);
				current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
			}
			previous = current;
		}
		return previous[other.length()];
	}

}

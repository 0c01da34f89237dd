package com.comfydeploy.examples;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.apache.lucene.analysis.hunspell.Dictionary;
import org.apache.lucene.analysis.hunspell.Hunspell;
import org.apache.lucene.analysis.hunspell.SortingStrategy;
import org.junit.jupiter.api.Test;

import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the spelling of documentation, Javadoc, comments, messages and descriptions
 * of properties, in American English.
 */
class SpellingTests {

	/** The words that the dictionary does not have. */
	private static final String WORD_LIST = "etc/spelling/words.txt";

	private static final String DICTIONARY = "classpath*:META-INF/resources/webjars/typo-js/*/dictionaries/en_US/en_US.";

	/** A word with its hyphens, but not a part of a name, a path or a number. */
	private static final Pattern WORD = Pattern
		.compile("(?<![\\w.@$#%/\\\\<!-])[A-Za-z]++(?:['\u2019-][A-Za-z]++)*+(?![\\w@$%/\\\\(-]|[.:]\\w)");

	/** A name in camel case, or an abbreviation. */
	private static final Pattern NAME = Pattern.compile(".*[a-z][A-Z].*|[A-Z]{2,}[a-z]?.*");

	@Test
	void everyWordIsInTheDictionaryOrTheWordList() throws Exception {
		Set<String> wordList = new HashSet<>(wordList());
		Hunspell dictionary = dictionary();
		Map<String, Boolean> known = new HashMap<>();
		List<String> problems = new ArrayList<>();
		for (RepositoryFile file : files()) {
			String prose = Prose.of(file);
			WORD.matcher(prose).results().forEach((match) -> words(match.group()).forEach((word) -> {
				if (!known.computeIfAbsent(word, (key) -> isKnown(key, dictionary, wordList))) {
					long line = prose.substring(0, match.end()).lines().count();
					problems.add(file.path() + ":" + line + ": " + word + " -> "
							+ dictionary.suggest(word).stream().limit(3).toList());
				}
			}));
		}
		assertThat(problems).as("Words that are not in the dictionary. One that is right goes into " + WORD_LIST)
			.isEmpty();
	}

	@Test
	void wordListIsSortedAndHasOnlyWordsThatTheDictionaryLacks() throws Exception {
		Hunspell dictionary = dictionary();
		assertThat(wordList()).isNotEmpty()
			.isSorted()
			.doesNotHaveDuplicates()
			.allSatisfy((word) -> assertThat(dictionary.spell(word)).as(word + " is in the dictionary").isFalse());
	}

	private static Stream<String> words(String match) {
		return Stream.of(match.split("-")).map((word) -> word.replaceFirst("['\u2019]s$", ""));
	}

	private static boolean isKnown(String word, Hunspell dictionary, Set<String> wordList) {
		return word.length() < 3 || NAME.matcher(word).matches() || dictionary.spell(word)
				|| wordList.contains(word.toLowerCase(Locale.ROOT));
	}

	private static List<String> wordList() throws IOException {
		return Files.readAllLines(RepositoryFile.REPOSITORY.resolve(WORD_LIST));
	}

	private static List<RepositoryFile> files() throws IOException {
		List<RepositoryFile> files = new ArrayList<>(RepositoryFile.read(".md"));
		files.addAll(RepositoryFile.read(".java"));
		files.addAll(RepositoryFile.read(".html"));
		files.addAll(RepositoryFile.read("additional-spring-configuration-metadata.json"));
		return files;
	}

	private static Hunspell dictionary() throws IOException, ParseException {
		try (InputStream affixes = resource("aff"); InputStream words = resource("dic")) {
			return new Hunspell(new Dictionary(affixes, List.of(words), false, SortingStrategy.inMemory()));
		}
	}

	private static InputStream resource(String extension) throws IOException {
		Resource[] resources = new PathMatchingResourcePatternResolver().getResources(DICTIONARY + extension);
		assertThat(resources).hasSize(1);
		return resources[0].getInputStream();
	}

}

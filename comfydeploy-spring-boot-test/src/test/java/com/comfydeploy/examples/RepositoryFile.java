package com.comfydeploy.examples;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * A text file of the repository, or a part of one.
 *
 * @param path the path in the repository, with slashes
 * @param content the text
 */
record RepositoryFile(String path, String content) {

	static final Path REPOSITORY = Path.of("").toAbsolutePath().getParent();

	/**
	 * Read all files with an extension, except for hidden folders and build output.
	 * @param extension the end of the file names
	 * @return the files
	 */
	static List<RepositoryFile> read(String extension) throws IOException {
		List<RepositoryFile> files = new ArrayList<>();
		Files.walkFileTree(REPOSITORY, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
				String name = directory.getFileName().toString();
				boolean skipped = name.equals("target") || (name.startsWith(".") && !directory.equals(REPOSITORY));
				return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				if (file.toString().endsWith(extension)) {
					String path = REPOSITORY.relativize(file).toString().replace(File.separatorChar, '/');
					files.add(new RepositoryFile(path, Files.readString(file)));
				}
				return FileVisitResult.CONTINUE;
			}

		});
		return files;
	}

}

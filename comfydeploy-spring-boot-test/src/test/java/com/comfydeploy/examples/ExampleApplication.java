package com.comfydeploy.examples;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * The application whose classes and tests the documentation shows.
 */
@SpringBootApplication
public class ExampleApplication {

	public static void main(String[] arguments) {
		SpringApplication.run(ExampleApplication.class, arguments);
	}

}

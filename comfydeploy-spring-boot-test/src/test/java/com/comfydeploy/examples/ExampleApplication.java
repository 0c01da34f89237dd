package com.comfydeploy.examples;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Application of the examples in the documentation.
 */
@SpringBootApplication
public class ExampleApplication {

	public static void main(String[] arguments) {
		SpringApplication.run(ExampleApplication.class, arguments);
	}

}

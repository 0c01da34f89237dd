package com.comfydeploy.benchmarks;

import java.time.Duration;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Configuration;

/**
 * Application that prints the duration of its start, and ends.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class StartedApplication {

	static final String STARTED = "started in ms: ";

	public static void main(String[] args) {
		SpringApplication application = new SpringApplication(StartedApplication.class);
		application.addListeners((ApplicationListener<ApplicationReadyEvent>) (event) -> {
			Duration time = event.getTimeTaken();
			System.out.println(STARTED + ((time != null) ? time.toMillis() : -1));
		});
		application.run(args).close();
	}

}

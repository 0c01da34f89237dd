package com.comfydeploy.it.development;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

import com.comfydeploy.session.SessionOperations;

/**
 * Application that lists its sessions once.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
class FakeUser {

	public static void main(String[] arguments) {
		SpringApplication application = new SpringApplication(FakeUser.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		try (ConfigurableApplicationContext context = application.run(arguments)) {
			System.out.println("Sessions: " + context.getBean(SessionOperations.class).list());
		}
	}

}

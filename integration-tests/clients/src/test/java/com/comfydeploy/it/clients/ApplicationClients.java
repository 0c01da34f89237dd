package com.comfydeploy.it.clients;

import java.io.Closeable;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

import org.springframework.beans.DirectFieldAccessor;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.util.ReflectionTestUtils;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Application that returns the class of the request factory or connector of each of its
 * HTTP clients. It runs in a separate class loader, and is therefore used as a
 * {@link Callable}.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ApplicationClients implements Callable<Map<String, String>> {

	private final Map<String, String> clients = new TreeMap<>();

	@Override
	public Map<String, String> call() throws Exception {
		SpringApplication application = new SpringApplication(ApplicationClients.class);
		try (ConfigurableApplicationContext context = application.run("--spring.main.web-application-type=none",
				"--spring.main.banner-mode=off", "--logging.level.root=warn", "--comfydeploy.bearer=token")) {
			add("Spring Boot's RestClient", factory(context.getBean(RestClient.Builder.class).build()));
			// Spring Boot 4 has moved the class of the builder
			RestTemplate template = ReflectionTestUtils.invokeMethod(context.getBean("restTemplateBuilder"), "build");
			add("Spring Boot's RestTemplate", template.getRequestFactory());
			add("Spring Boot's WebClient", connector(context.getBean(WebClient.Builder.class).build()));
			add("Spring's RestClient", factory(RestClient.create()));
			add("Spring's WebClient", connector(WebClient.create()));
		}
		return this.clients;
	}

	private void add(String client, Object library) throws Exception {
		this.clients.put(client, library.getClass().getSimpleName());
		if (library instanceof Closeable closeable) {
			closeable.close();
		}
		else if (library instanceof DisposableBean disposable) {
			disposable.destroy();
		}
	}

	private static Object factory(RestClient client) {
		return new DirectFieldAccessor(client).getPropertyValue("clientRequestFactory");
	}

	private static Object connector(WebClient client) {
		return new DirectFieldAccessor(client).getPropertyValue("exchangeFunction.connector");
	}

}

package com.comfydeploy.examples;

import org.springframework.boot.SpringApplication;

public class RunWithFakeComfyDeploy {

	public static void main(String[] arguments) {
		SpringApplication.from(ExampleApplication::main).run("--comfydeploy.fake.enabled=true");
	}

}

package com.comfydeploy.test.autoconfigure;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.TestContextAnnotationUtils;

/**
 * {@link ContextCustomizerFactory} that finds {@link AutoConfigureFakeComfyDeploy} on a
 * test class, its superclasses, and its enclosing classes.
 */
class FakeComfyDeployContextCustomizerFactory implements ContextCustomizerFactory {

	@Override
	public @Nullable ContextCustomizer createContextCustomizer(Class<?> testClass,
			List<ContextConfigurationAttributes> configAttributes) {
		AutoConfigureFakeComfyDeploy annotation = TestContextAnnotationUtils.findMergedAnnotation(testClass,
				AutoConfigureFakeComfyDeploy.class);
		return (annotation != null) ? new FakeComfyDeployContextCustomizer(annotation.frozen(),
				DurationStyle.detectAndParse(annotation.startup())) : null;
	}

}

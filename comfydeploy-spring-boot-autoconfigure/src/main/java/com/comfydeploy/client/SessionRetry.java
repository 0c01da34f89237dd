package com.comfydeploy.client;

import org.aopalliance.intercept.MethodInterceptor;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.retry.annotation.AnnotationAwareRetryOperationsInterceptor;
import org.springframework.retry.annotation.Retryable;
import org.springframework.retry.interceptor.RetryInterceptorBuilder;
import org.springframework.retry.support.RetryTemplate;

/**
 * Applies {@link Retryable @Retryable} to an {@link AttemptSender} only.
 * {@code @EnableRetry} would need AspectJ and affect the application's own retries.
 */
final class SessionRetry {

	/** The name by which {@link Retryable#interceptor()} finds the interceptor. */
	static final String INTERCEPTOR = "comfyDeploySessionRetryInterceptor";

	private SessionRetry() {
	}

	static AttemptSender apply(AttemptSender target, SessionRetryPolicy retryPolicy, Sleeper time) {
		RetryTemplate template = new RetryTemplate();
		template.setRetryPolicy(retryPolicy);
		template.setBackOffPolicy(new SessionBackOffPolicy(time));
		StaticListableBeanFactory interceptors = new StaticListableBeanFactory();
		interceptors.addBean(INTERCEPTOR,
				RetryInterceptorBuilder.stateless().retryOperations(template).label("ComfyDeploy session").build());
		AnnotationAwareRetryOperationsInterceptor retry = new AnnotationAwareRetryOperationsInterceptor();
		retry.setBeanFactory(interceptors);
		ProxyFactory factory = new ProxyFactory(AttemptSender.class, (MethodInterceptor) retry::invoke);
		factory.setTarget(target);
		return (AttemptSender) factory.getProxy(SessionRetry.class.getClassLoader());
	}

}

package com.comfydeploy.test.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Lets the application of a test class talk to a {@link FakeComfyDeploy} instead of
 * ComfyDeploy, whatever its properties and its own beans say.
 *
 * <pre class="code">
 * &#64;SpringBootTest
 * &#64;AutoConfigureFakeComfyDeploy
 * class GpusTests {
 *
 *     &#64;Autowired
 *     FakeComfyDeploy comfyDeploy;
 *
 * }
 * </pre>
 *
 * The fake is a bean: it is started and stopped with the application context, and shared
 * by all test classes that share that. It is {@linkplain FakeComfyDeploy#reset() reset}
 * after each test; what the application asks of it while it starts is there for the
 * first.
 * <p>
 * A slice such as {@code @WebMvcTest} gets the auto-configuration of ComfyDeploy with it.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface AutoConfigureFakeComfyDeploy {

	/**
	 * Whether the clock of the fake stands still, so that only
	 * {@link FakeComfyDeploy#advance} lets its time pass.
	 * @return whether it does
	 * @see FakeComfyDeploy.Builder#frozen()
	 */
	boolean frozen() default false;

	/**
	 * The time until a session has its url, such as {@code 30s}, {@code 2m} or
	 * {@code PT2M}. The default is none.
	 * @return the time, not negative
	 * @see FakeComfyDeploy.Builder#startup
	 */
	String startup() default "0s";

}

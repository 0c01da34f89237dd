package com.comfydeploy.test.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Annotation that configures a {@link FakeComfyDeploy} for the application of a test
 * class. The fake is used instead of ComfyDeploy, regardless of the application's
 * properties and beans.
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
 * by all test classes that share the context. It is {@linkplain FakeComfyDeploy#reset()
 * reset} after each test. In the first test, it still contains the requests that the
 * application sent when it started.
 * <p>
 * The annotation also adds the auto-configuration of ComfyDeploy to a test slice such as
 * {@code @WebMvcTest}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface AutoConfigureFakeComfyDeploy {

	/**
	 * Whether the clock of the fake stands still, so that only
	 * {@link FakeComfyDeploy#advance} moves it.
	 * @return whether it stands still
	 * @see FakeComfyDeploy.Builder#frozen()
	 */
	boolean frozen() default false;

	/**
	 * Time until a session has its URL, such as {@code 30s}, {@code 2m} or {@code PT2M}.
	 * The default is zero.
	 * @return the time, not negative
	 * @see FakeComfyDeploy.Builder#startup
	 */
	String startup() default "0s";

}

package com.comfydeploy;

import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.jspecify.annotations.NullMarked;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.HttpValidationException;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the rules of the architecture.
 */
@AnalyzeClasses(packages = "com.comfydeploy",
		importOptions = { ImportOption.DoNotIncludeTests.class, ArchitectureTests.DoNotIncludeFake.class })
class ArchitectureTests {

	private static final String INTERNAL = "com.comfydeploy.internal..";

	/**
	 * Public types of the API. A released type must not be removed.
	 */
	private static final Map<String, Set<String>> PUBLIC_TYPES = Map.of("com.comfydeploy.error",
			Set.of("ApiErrorResponse", "ComfyDeployApiException", "ComfyDeployException",
					"ComfyDeployExceptionTranslator", "ComfyDeployTransportException", "HttpValidationException",
					"SessionNotReadyException", "UnreadableResponseException", "ValidationError"),
			"com.comfydeploy.session",
			Set.of("CallOptions", "CreateDynamicSessionRequest", "CreateSessionRequest", "CreatedSession", "Gpu",
					"IncreaseTimeoutRequest", "RetrySettings", "Session", "SessionHost", "SessionLog",
					"SessionLogEntry", "SessionOperations", "SessionSnapshot"),
			"com.comfydeploy.client",
			Set.of("BearerTokenProvider", "CallListener", "ComfyDeployRestClientCustomizer",
					"DefaultSessionObservationConvention", "RetryListener", "SessionClient",
					"SessionObservationContext", "SessionObservationConvention", "SessionOperationsBuilder"),
			"com.comfydeploy.machine", Set.of("GpuEvent", "GpuPrice", "Machine", "MachineOperations"),
			"com.comfydeploy.comfyui",
			Set.of("ComfyUi", "ComfyUiClient", "ComfyUiException", "ComfyUiProgress", "ComfyUiResult", "ComfyUiStats",
					"ComfyUiUnavailableException", "ComfyUis", "ComfyUisBuilder", "InterruptNotSupportedException",
					"InvalidWorkflowException", "NodeError", "OutputFile", "ReadProgress", "SessionCheck", "SessionEnd",
					"SessionEndedException", "UploadedFile", "Workflow", "WorkflowFailedException",
					"WorkflowInterruptedException", "WorkflowLostException", "WorkflowTimeoutException"),
			"com.comfydeploy.lease",
			Set.of("LeaseLimitException", "LeaseOptions", "LeaseReportEvent", "LeaseStoreException", "OrphanPolicy",
					"SessionLease", "SessionLeaseEvent", "SessionLeases", "SessionLeasesBuilder",
					"SessionLostException"),
			"com.comfydeploy.lease.store",
			Set.of("FileLeaseStore", "InMemoryLeaseStore", "JdbcLeaseSchema", "JdbcLeaseStore", "LeaseDescription",
					"LeaseHold", "LeaseLimits", "LeasePhase", "LeaseStore", "NewLease", "StoreResult", "StoredLease"),
			"com.comfydeploy.autoconfigure", Set.of("ComfyDeployAutoConfiguration", "ComfyDeployConnectionDetails",
					"ComfyDeployEndpoint", "ComfyDeployProperties"));

	@ArchTest
	static final ArchRule packagesImportOnlyWhatTheTableAllows = layeredArchitecture()
		.consideringOnlyDependenciesInLayers()
		.withOptionalLayers(true)
		.layer("error")
		.definedBy("com.comfydeploy.error")
		.layer("session")
		.definedBy("com.comfydeploy.session")
		.layer("machine")
		.definedBy("com.comfydeploy.machine")
		.layer("client")
		.definedBy("com.comfydeploy.client")
		.layer("internal")
		.definedBy("com.comfydeploy.internal")
		.layer("internal.*")
		.definedBy("com.comfydeploy.internal.*..")
		.layer("lease")
		.definedBy("com.comfydeploy.lease")
		.layer("lease.store")
		.definedBy("com.comfydeploy.lease.store")
		.layer("comfyui")
		.definedBy("com.comfydeploy.comfyui")
		.layer("autoconfigure")
		.definedBy("com.comfydeploy.autoconfigure")
		.whereLayer("internal")
		.mayNotAccessAnyLayer()
		.whereLayer("internal.*")
		.mayOnlyAccessLayers("internal")
		.whereLayer("error")
		.mayOnlyAccessLayers("internal", "internal.*")
		.whereLayer("session")
		.mayOnlyAccessLayers("error", "internal")
		.whereLayer("machine")
		.mayOnlyAccessLayers("session", "error", "internal")
		.whereLayer("client")
		.mayOnlyAccessLayers("session", "machine", "error", "internal", "internal.*")
		.whereLayer("lease")
		.mayOnlyAccessLayers("session", "machine", "lease.store", "error", "internal", "internal.*")
		.whereLayer("lease.store")
		.mayOnlyAccessLayers("session", "error", "internal")
		.whereLayer("comfyui")
		.mayOnlyAccessLayers("error", "internal", "internal.*")
		.whereLayer("autoconfigure")
		.mayNotBeAccessedByAnyLayer();

	@ArchTest
	static final ArchRule thereAreNoOtherPackages = classes().should()
		.resideInAnyPackage("com.comfydeploy.error", "com.comfydeploy.session", "com.comfydeploy.machine",
				"com.comfydeploy.client", INTERNAL, "com.comfydeploy.lease", "com.comfydeploy.lease.store",
				"com.comfydeploy.comfyui", "com.comfydeploy.autoconfigure");

	@ArchTest
	static final ArchRule packagesHaveNoCycles = slices().matching("com.comfydeploy.(*)..").should().beFreeOfCycles();

	/**
	 * Exceptions: the factory that refers to types which it creates, and the
	 * documentation of an observation, which refers to its default convention like those
	 * of Micrometer.
	 */
	@ArchTest
	static final ArchRule classesHaveNoCycles = slices().assignedFrom(new SliceAssignment() {

		@Override
		public SliceIdentifier getIdentifierOf(JavaClass type) {
			JavaClass outermost = type;
			while (outermost.getEnclosingClass().isPresent()) {
				outermost = outermost.getEnclosingClass().get();
			}
			return SliceIdentifier.of(outermost.getName());
		}

		@Override
		public String getDescription() {
			return "top-level classes";
		}

	})
		.should()
		.beFreeOfCycles()
		.ignoreDependency(ComfyDeployApiException.class, HttpValidationException.class)
		.ignoreDependency(HasName.Predicates.nameStartingWith("com.comfydeploy.client.SessionObservationDocumentation"),
				JavaClass.Predicates.simpleName("DefaultSessionObservationConvention"));

	/**
	 * An interrupt belongs to the application: this library only restores it on the
	 * current thread, and ends an exchange by closing its channel.
	 */
	@ArchTest
	static final ArchRule noClassInterruptsAnotherThread = noClasses().should()
		.callMethodWhere(call("interrupts another thread",
				(call) -> isMethod(call, Thread.class, "interrupt") && !isOnCurrentThread(call)));

	/**
	 * The hints for native images name methods of this library.
	 */
	@ArchTest
	static final ArchRule noClassUsesReflection = noClasses().that()
		.doNotHaveSimpleName("ClientRuntimeHints")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("java.lang.reflect", "java.lang.invoke")
		.orShould()
		.dependOnClassesThat()
		.haveFullyQualifiedName("org.springframework.util.ReflectionUtils")
		.orShould()
		.callMethodWhere(call("loads a class or looks up a member by name",
				(call) -> call.getTargetOwner().isEquivalentTo(Class.class)
						&& call.getName().matches("forName|get(Declared)?(Method|Field|Constructor)s?")));

	/**
	 * The sleeper waits between attempts, the watchdog until the next deadline of an
	 * exchange. Nothing else in a call waits for a time: a socket is closed instead. Only
	 * an address or a proxy with others after it is connected to for a limited time,
	 * which ends the attempt and not the exchange.
	 */
	@ArchTest
	static final ArchRule onlyOneTimerEndsAnExchange = noClasses().that()
		.resideInAnyPackage("com.comfydeploy.client", "com.comfydeploy.internal.http")
		.and()
		.haveNameNotMatching(".*\\.(Watchdog|Sleeper)")
		.should()
		.callMethodWhere(call("waits for a limited time", ArchitectureTests::isTimedWait))
		.orShould()
		.dependOnClassesThat()
		.belongToAnyOf(Timer.class, ExecutorService.class);

	@ArchTest
	static final ArchRule autoConfigurationsAreFinalAndHaveNoPublicMembers = classes().that()
		.areAnnotatedWith(AutoConfiguration.class)
		.should()
		.bePublic()
		.andShould()
		.haveModifier(JavaModifier.FINAL)
		.andShould(haveNo("public method or field", ArchitectureTests::isPublicMethodOrField));

	@ArchTest
	static final ArchRule beanMethodsArePackagePrivate = methods().that()
		.areAnnotatedWith(Bean.class)
		.should()
		.bePackagePrivate();

	@ArchTest
	static final ArchRule conditionsOnClassesAreNotOnBeanMethods = methods().should()
		.notBeAnnotatedWith(ConditionalOnClass.class);

	@ArchTest
	static final ArchRule librariesStayOutOfThePublicApi = classes().that()
		.arePublic()
		.should(haveNo("signature with a type of Spring Retry or Jackson's databind",
				(member) -> shows(member, libraryType())));

	@ArchTest
	static final ArchRule internalTypesStayOutOfThePublicApi = classes().that()
		.arePublic()
		.and()
		.resideOutsideOfPackage(INTERNAL)
		.should(haveNo("signature with an internal type",
				(member) -> shows(member, JavaClass.Predicates.resideInAPackage(INTERNAL))));

	@ArchTest
	static final ArchRule publicTypesDoNotExtendLibraryTypes = classes().that()
		.arePublic()
		.should()
		.notBeAssignableTo(libraryType());

	@ArchTest
	static final ArchRule caseIsConvertedWithALocale = noClasses().should()
		.callMethod(String.class, "toLowerCase")
		.orShould()
		.callMethod(String.class, "toUpperCase");

	@ArchTest
	static void onlyListedTypesArePublic(JavaClasses classes) {
		Map<String, Set<String>> shown = classes.stream()
			.filter((type) -> type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
			.filter((type) -> !JavaClass.Predicates.resideInAPackage(INTERNAL).test(type))
			.collect(Collectors.groupingBy(JavaClass::getPackageName,
					Collectors.mapping(JavaClass::getSimpleName, Collectors.toSet())));
		assertThat(shown).containsOnlyKeys(PUBLIC_TYPES.keySet());
		assertThat(shown).allSatisfy((name, types) -> assertThat(types).as(name)
			.containsExactlyInAnyOrderElementsOf(PUBLIC_TYPES.get(name)));
	}

	@ArchTest
	static void packagesAreNullMarked(JavaClasses classes) {
		assertThat(classes).extracting(JavaClass::getPackage)
			.isNotEmpty()
			.allSatisfy(
					(javaPackage) -> assertThat(javaPackage.isAnnotatedWith(NullMarked.class)).as(javaPackage.getName())
						.isTrue());
	}

	private static DescribedPredicate<JavaMethodCall> call(String description, Predicate<JavaMethodCall> which) {
		return DescribedPredicate.describe(description, which);
	}

	private static boolean isMethod(JavaMethodCall call, Class<?> type, String name) {
		return call.getTargetOwner().isAssignableTo(type) && call.getName().equals(name);
	}

	private static boolean isOnCurrentThread(JavaMethodCall interrupt) {
		return interrupt.getOrigin()
			.getMethodCallsFromSelf()
			.stream()
			.anyMatch((call) -> isMethod(call, Thread.class, "currentThread")
					&& call.getLineNumber() == interrupt.getLineNumber());
	}

	private static boolean isTimedWait(JavaMethodCall call) {
		boolean ours = call.getTargetOwner().getPackageName().startsWith("com.comfydeploy");
		boolean limited = call.getTarget()
			.getRawParameterTypes()
			.stream()
			.anyMatch((type) -> type.isEquivalentTo(TimeUnit.class) || type.isEquivalentTo(Duration.class)
					|| type.isEquivalentTo(long.class));
		return !ours && ((limited && call.getTargetOwner().getPackageName().startsWith("java.util.concurrent")
				&& !call.getTargetOwner().isEquivalentTo(TimeUnit.class)) || call.getName().matches("parkUntil|sleep")
				|| (call.getName().equals("setSoTimeout") && !isConnector(call.getOrigin(), "openTunnel"))
				|| (isTimedConnect(call) && !isConnector(call.getOrigin(), "openChannel")));
	}

	private static boolean isTimedConnect(JavaMethodCall call) {
		return call.getTargetOwner().isAssignableTo(Socket.class) && call.getName().equals("connect")
				&& call.getTarget().getRawParameterTypes().size() == 2;
	}

	private static boolean isConnector(JavaCodeUnit caller, String method) {
		return caller.getOwner().getName().equals("com.comfydeploy.internal.http.Connector")
				&& caller.getName().equals(method);
	}

	private static boolean isPublicMethodOrField(JavaMember member) {
		boolean constructor = member instanceof JavaCodeUnit codeUnit && codeUnit.isConstructor();
		return !constructor && member.getModifiers().contains(JavaModifier.PUBLIC);
	}

	private static boolean shows(JavaMember member, DescribedPredicate<JavaClass> which) {
		Set<JavaModifier> modifiers = member.getModifiers();
		return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
				&& types(member).flatMap((type) -> type.getAllInvolvedRawTypes().stream()).anyMatch(which);
	}

	private static Stream<JavaType> types(JavaMember member) {
		if (member instanceof JavaCodeUnit codeUnit) {
			return Stream.concat(Stream.of(codeUnit.getReturnType()),
					Stream.concat(codeUnit.getParameterTypes().stream(), codeUnit.getExceptionTypes().stream()));
		}
		return Stream.of(((JavaField) member).getType());
	}

	private static DescribedPredicate<JavaClass> libraryType() {
		return JavaClass.Predicates.resideInAnyPackage("org.springframework.retry..",
				"com.fasterxml.jackson.databind..", "com.fasterxml.jackson.core..", "tools.jackson..");
	}

	private static ArchCondition<JavaClass> haveNo(String what, Predicate<JavaMember> which) {
		return new ArchCondition<>("have no " + what) {

			@Override
			public void check(JavaClass type, ConditionEvents events) {
				type.getMembers()
					.stream()
					.filter(which)
					.forEach((member) -> events.add(SimpleConditionEvent.violated(member, member.getDescription())));
			}

		};
	}

	/**
	 * The fake is compiled with the tests, or is a module of its own next to them.
	 */
	static final class DoNotIncludeFake implements ImportOption {

		@Override
		public boolean includes(Location location) {
			return !location.contains("/comfydeploy-spring-boot-test");
		}

	}

}

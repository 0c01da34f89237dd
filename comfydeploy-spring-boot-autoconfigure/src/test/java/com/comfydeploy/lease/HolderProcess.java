package com.comfydeploy.lease;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

import com.comfydeploy.client.SessionClient;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;

/**
 * Program that holds leases in a store until it is killed, or takes over the leases of a
 * killed JVM. It ends at the end of its standard input, and therefore with the test. Any
 * input makes it continue where it blocks. Each argument is {@code name=value}, and each
 * event is a line of its output.
 */
public final class HolderProcess {

	private static final int ATTEMPTS = 30;

	private final Map<String, String> arguments;

	/** Done once there is any input. */
	private final CompletableFuture<Void> input = new CompletableFuture<>();

	/** The store that blocks at a moment. */
	private volatile @Nullable HolderStore held;

	private HolderProcess(String[] arguments) {
		this.arguments = Arrays.stream(arguments)
			.collect(Collectors.toMap((argument) -> argument.substring(0, argument.indexOf('=')),
					(argument) -> argument.substring(argument.indexOf('=') + 1)));
	}

	public static void main(String[] arguments) throws Exception {
		HolderProcess process = new HolderProcess(arguments);
		Thread end = new Thread(process::readInput);
		end.setDaemon(true);
		end.start();
		process.run();
		end.join();
	}

	private void readInput() {
		try {
			while (System.in.read() >= 0) {
				this.input.complete(null);
			}
		}
		catch (IOException ex) {
			// the same
		}
		Runtime.getRuntime().halt(0);
	}

	private void run() throws Exception {
		SessionClient operations = SessionOperationsBuilder.authorizedBy(() -> this.arguments.get("bearer"))
			.baseUrl(this.arguments.get("url"))
			.retry(RetrySettings.none())
			.pollInterval(Duration.ofMillis(200))
			.build();
		UnreservedExtensions unreserved = new UnreservedExtensions((extension) -> print("UNRESERVED " + extension));
		SessionLeases leases = SessionLeasesBuilder.with(unreserved.observe(operations))
			.options(LeaseOptions.builder()
				.extension(Duration.parse(get("extension", "PT1M")))
				.renewBefore(Duration.parse(get("renewBefore", "PT30S")))
				.build())
			.machines(operations.machines())
			.limits(new LeaseLimits(number("maxOpen"), number("maxMinutes")))
			.acquireTimeout(Duration.parse(get("acquireTimeout", "PT0S")))
			.store(unreserved.observe(store()))
			.instanceId(get("instance", UUID.randomUUID().toString()))
			.onOrphan(OrphanPolicy.valueOf(get("onOrphan", "CANCEL")))
			.eventListener((event) -> print(event.getType() + " " + event.getSessionId()))
			.reportListener((event) -> print("REPORT " + event.getCandidates()))
			.build();
		((SmartLifecycle) leases).start();
		print("started");
		hold(leases, Integer.parseInt(get("open", "0")), Integer.parseInt(get("close", "0")));
		churn(leases, Integer.parseInt(get("churn", "0")));
	}

	/**
	 * Open and close leases on several threads, whatever fails.
	 */
	private void churn(SessionLeases leases, int number) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(3);
		int longest = Integer.parseInt(get("longest", "400"));
		List<Future<Boolean>> done = new ArrayList<>();
		for (int i = 0; i < number; i++) {
			String machineId = "00000000-0000-4000-8000-00000000000" + (1 + i % 9);
			done.add(threads.submit(() -> {
				try (SessionLease lease = leases.open(CreateSessionRequest.forMachine(machineId).build())) {
					pause(ThreadLocalRandom.current().nextInt(longest));
					return lease.isOpen();
				}
				catch (LeaseLimitException ex) {
					print("REFUSED");
				}
				catch (RuntimeException ex) {
					print("FAILED " + ex.getClass().getSimpleName());
				}
				return false;
			}));
		}
		int held = 0;
		for (Future<Boolean> lease : done) {
			held += lease.get() ? 1 : 0;
		}
		if (number > 0) {
			print("churned " + held);
		}
	}

	private static void pause(int millis) {
		try {
			new CompletableFuture<>().get(millis, TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			// expected
		}
		catch (InterruptedException | ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private @Nullable Integer number(String name) {
		String value = this.arguments.get(name);
		return (value != null) ? Integer.valueOf(value) : null;
	}

	private void hold(SessionLeases leases, int open, int close) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(Integer.parseInt(get("threads", "4")));
		List<Future<SessionLease>> opened = new ArrayList<>();
		int first = Integer.parseInt(get("firstMachine", "1"));
		for (int i = 0; i < open; i++) {
			String machineId = "00000000-0000-4000-8000-00000000000" + (first + i / 3);
			opened.add(threads.submit(() -> open(leases, machineId)));
		}
		List<SessionLease> held = new ArrayList<>();
		for (Future<SessionLease> lease : opened) {
			held.add(lease.get());
		}
		print("opened " + held.size());
		for (SessionLease lease : held.subList(0, close)) {
			threads.execute(lease::close);
		}
		if (this.arguments.containsKey("later")) {
			this.input.join();
			held.get(0).close();
			churn(leases, Integer.parseInt(this.arguments.get("later")));
		}
	}

	/**
	 * Open a lease. Until the moment to block is reached, repeat that if the store is too
	 * slow, as on a machine that has much else to do.
	 */
	private SessionLease open(SessionLeases leases, String machineId) {
		for (int attempt = 1;; attempt++) {
			try {
				return leases.open(CreateSessionRequest.forMachine(machineId).build());
			}
			catch (LeaseStoreException ex) {
				print("FAILED " + ex.getMessage());
				HolderStore held = this.held;
				if (attempt == ATTEMPTS || (held != null && held.isReached())) {
					throw ex;
				}
				pause(1000);
			}
		}
	}

	private LeaseStore store() {
		LeaseStore store = HolderStore.open(get("store", ""), Double.parseDouble(get("failures", "0")));
		String moment = this.arguments.get("hold");
		if (moment == null) {
			return store;
		}
		HolderStore held = new HolderStore(store, moment, () -> print("reached"));
		this.held = held;
		this.input.thenRun(held::proceed);
		return held.store();
	}

	private String get(String name, String otherwise) {
		return this.arguments.getOrDefault(name, otherwise);
	}

	private static synchronized void print(String line) {
		System.out.println(line);
		System.out.flush();
	}

}

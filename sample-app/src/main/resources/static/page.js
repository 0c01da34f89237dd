// Polls the sample and shows its responses. Cards stay in place and only their texts change, so
// that the focus is never lost. Data is always inserted as text, never as HTML.

const SECOND = 1000;
const BARS = 60;

const element = (id) => document.getElementById(id);
const cards = new Map(); // By session id, in the order of the page

/** Send a request to the sample. A failure is an Error with the members of the problem detail. */
async function call(method, path, body) {
	const json = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
	const response = await fetch(path, { method, ...json }).catch(() => {
		throw new Error("The sample does not respond.");
	});
	const text = await response.text();
	if (response.ok) {
		return (response.headers.get("Content-Type") ?? "").includes("json") ? JSON.parse(text) : text;
	}
	const isProblem = (response.headers.get("Content-Type") ?? "").includes("problem+json");
	const problem = isProblem ? JSON.parse(text) : {};
	throw Object.assign(new Error(problem.detail ?? `The sample responded with status ${response.status}.`), { status: response.status }, problem);
}

/** Describe a problem for a user. The message of the exception is logged. */
function inWords(problem) {
	if (!problem.operation) {
		return problem.message;
	}
	console.info(problem.message);
	const attempts = problem.attempts > 1 ? ` There were ${problem.attempts} attempts.` : "";
	const unknown = problem.outcomeUnknown ? " The server may have processed it nevertheless: check the list before you try again." : "";
	return reason(problem) + attempts + unknown;
}

function reason(problem) {
	const status = problem.upstreamStatus;
	if (!status) {
		return problem.status === 504 ? "The session was not ready in time." : "ComfyDeploy could not be reached.";
	}
	if (status === 401) {
		return "ComfyDeploy does not accept the API key.";
	}
	if (status === 404) {
		return "The session does not exist any more.";
	}
	if (status === 429) {
		return "There were too many requests. Try again in a moment.";
	}
	return status >= 500 ? `ComfyDeploy failed (${status}). Try again in a moment.`
		: `ComfyDeploy rejected the request: ${(problem.reason ?? "no reason given").replace(/[^.]$/, "$&.")}`;
}

const announce = (text) => { element("announcer").textContent = text; };

// Sessions

let pollNow = () => {};

async function watchSessions() {
	while (true) {
		await showSessions().then(() => "", inWords).then((trouble) => { element("trouble").textContent = trouble; });
		await new Promise((resolve) => { pollNow = resolve; setTimeout(resolve, SECOND); });
	}
}

async function showSessions() {
	const all = await call("GET", "sessions"); // The newest first
	const sessions = all.filter((session) => !leaseCards.has(session.id)); // A lease has its own card
	sessions.reverse().forEach(showSession);
	for (const id of [...cards.keys()].filter((id) => !sessions.some((session) => session.id === id))) {
		await showUnlisted(id);
	}
	element("none").hidden = cards.size > 0;
}

/** Check a session that is not listed any more: it may be closing. */
async function showUnlisted(id) {
	try {
		showSession(await call("GET", path(id)));
	}
	catch (problem) {
		if (problem.status !== 404) {
			throw problem;
		}
		removeCard(id);
	}
}

function showSession(session) {
	const state = !session.timeoutEnd ? "closing" : session.url ? "ready" : "starting";
	const card = cards.get(session.id) ?? addCard(session.id, state);
	if (card.dataset.state !== state) {
		card.dataset.state = state;
		announce(`Session ${session.id.slice(0, 8)} is ${state}`);
	}
	card.session = session;
	write(card, ".state", state);
	write(card, ".gpu", session.gpu ?? "–");
	write(card, ".machine", session.machineId ?? "none");
	card.querySelector("[data-action=snapshot]").hidden = !session.snapshotSupported;
	showUrl(card.querySelector(".url"), session.url);
	if (state === "closing") {
		keepFocus(card.querySelector(".buttons"), card);
		card.querySelector(".buttons").hidden = true;
	}
	showTime(card);
}

function addCard(id, state) {
	const card = element("session").content.firstElementChild.cloneNode(true);
	const title = card.querySelector("h3");
	title.id = `session-${id}`;
	write(card, ".id", id);
	for (const button of card.querySelectorAll("button")) {
		button.setAttribute("aria-describedby", title.id);
		button.onclick = () => act(card, id, actions[button.dataset.action]);
	}
	const details = card.querySelector("details");
	details.ontoggle = () => followLog(card, id, details.open);
	cards.set(id, card);
	element("sessions").prepend(card);
	details.open = state === "starting"; // Closes the log of another card
	return card;
}

function removeCard(id) {
	const card = cards.get(id);
	card.source?.close();
	keepFocus(card, element("sessions-title"));
	card.remove();
	cards.delete(id);
	announce(`Session ${id.slice(0, 8)} has ended`);
}

function showUrl(cell, url) {
	const shown = url ?? (cell.closest("[data-state=starting]") ? "not yet" : "–");
	if (cell.textContent === shown) {
		return;
	}
	const isLink = /^https?:\/\//i.test(url ?? "");
	const text = Object.assign(document.createElement(isLink ? "a" : "span"), { textContent: shown });
	if (isLink) {
		Object.assign(text, { href: url, target: "_blank", rel: "noreferrer" });
	}
	cell.replaceChildren(text);
}

function showTime(card) {
	const end = Date.parse(card.session.timeoutEnd);
	const left = Math.max(0, Math.round((end - Date.now()) / SECOND)) || 0; // Zero without a deadline
	const bar = card.querySelector("progress");
	bar.max = (end - Date.parse(card.session.createdAt)) / SECOND || 1;
	bar.value = left;
	write(card, ".left", card.session.timeoutEnd ? clock(left) : "");
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

const path = (id) => `sessions/${encodeURIComponent(id)}`;

const actions = {
	async extend(id) {
		await call("POST", `${path(id)}/extend?minutes=5`);
		return "Extended by 5 minutes.";
	},
	async snapshot(id) {
		const snapshot = await call("POST", `${path(id)}/snapshot`);
		return `Saved as version ${snapshot.version} of its machine.`;
	},
	async cancel(id) {
		await call("DELETE", path(id));
		return "Cancelled.";
	},
};

async function act(card, id, action) {
	if (card.ariaBusy === "true") {
		return; // Ignore further clicks during a call
	}
	card.ariaBusy = "true";
	const note = card.querySelector(".note");
	note.textContent = "";
	await action(id).then((words) => [words, "note"], (problem) => [inWords(problem), "note error"])
		.then(([words, style]) => Object.assign(note, { textContent: words, className: style }));
	announce(note.textContent);
	card.ariaBusy = "false";
	pollNow();
}

function followLog(card, id, open) {
	card.source?.close();
	if (!open) {
		return;
	}
	const log = card.querySelector(".log");
	const add = (text) => {
		log.append(Object.assign(document.createElement("p"), { textContent: text }));
		log.scrollTop = log.scrollHeight;
	};
	card.source = new EventSource(`${path(id)}/log`);
	card.source.onopen = () => log.replaceChildren(); // The server sends the log from its start each time
	card.source.onmessage = (event) => {
		const entry = JSON.parse(event.data);
		add(`${entry.timestamp ? new Date(entry.timestamp).toLocaleTimeString("en-GB") : ""} ${entry.message}`);
	};
	card.source.onerror = () => card.source.readyState === EventSource.CLOSED && add("The connection of the log broke.");
}

function keepFocus(leaving, otherwise) {
	if (leaving.contains(document.activeElement)) {
		otherwise.focus();
	}
}

function write(card, selector, text) {
	const part = card.querySelector(selector);
	if (part.textContent !== text) {
		part.textContent = text;
	}
}

// Leases: the sample sends all of them with each event

const leaseCards = new Map(); // By session id
const forgotten = new Set();
let hasFaults = false;

const happened = {
	OPENED: "session created; it costs money from now on", READY: "ready: ComfyUI is available", EXTENDED: "deadline extended",
	EXTENSION_FAILED: "extension failed, will be retried", EXPIRED: "maximum lifetime elapsed", LOST: "lost: the server has ended the session",
	CLOSED: "closed: the server has confirmed the end", CLOSE_UNCONFIRMED: "closed, but the server has not confirmed the end", RECOVERED: "taken over",
};
const states = { held: "open", unconfirmed: "not confirmed" };

function watchLeases() {
	const source = new EventSource("leases/events"); // Reconnects automatically
	source.onmessage = (event) => JSON.parse(event.data).forEach(showLease);
}

function showLease(lease) {
	if (forgotten.has(lease.sessionId)) {
		return;
	}
	const card = leaseCards.get(lease.sessionId) ?? addLease(lease.sessionId);
	if (card.dataset.state !== lease.state) {
		card.dataset.state = lease.state;
		write(card, ".note", "");
		announce(`Lease ${lease.sessionId.slice(0, 8)} is ${states[lease.state] ?? lease.state}`);
	}
	card.lease = lease;
	write(card, ".state", states[lease.state] ?? lease.state);
	write(card, ".owner", lease.owner || "none");
	showUrl(card.querySelector(".url"), lease.ended ? null : lease.url);
	showEvents(card.querySelector(".events"), lease.events);
	showButtons(card, lease);
	showCost(card);
	element("no-lease").hidden = leaseCards.size > 0;
}

function addLease(id) {
	const card = element("lease-card").content.firstElementChild.cloneNode(true);
	const title = card.querySelector("h3");
	title.id = `lease-${id}`;
	write(card, ".id", id);
	for (const button of card.querySelectorAll("button")) {
		button.setAttribute("aria-describedby", title.id);
		button.onclick = () => act(card, id, leaseActions[button.dataset.action]);
	}
	leaseCards.set(id, card);
	element("leases").prepend(card);
	cards.has(id) && removeCard(id);
	return card;
}

function showEvents(list, events) {
	for (const event of events.slice(list.childElementCount)) {
		const time = new Date(event.time).toLocaleTimeString("en-GB");
		list.append(Object.assign(document.createElement("li"), { textContent: `${time} ${event.type} – ${happened[event.type] ?? ""}` }));
		list.scrollTop = list.scrollHeight;
	}
}

/** Show only the buttons of possible actions. */
function showButtons(card, lease) {
	for (const button of card.querySelectorAll("button")) {
		const offered = { close: !lease.ended, lose: !lease.ended && hasFaults && lease.state === "held", forget: Boolean(lease.ended) }[button.dataset.action];
		if (!offered && button === document.activeElement) {
			card.focus();
		}
		button.hidden = !offered;
	}
}

function showCost(card) {
	const lease = card.lease;
	const now = lease.ended ? Date.parse(lease.ended) : Date.now();
	const dollars = lease.dollarsPerSecond * Math.max(0, now - Date.parse(lease.since)) / SECOND;
	write(card, ".cost", lease.dollarsPerSecond ? `$${dollars.toFixed(4)}` : "");
	const price = lease.dollarsPerSecond ? `, $${(lease.dollarsPerSecond * 3600).toFixed(2)} an hour` : "";
	write(card, ".gpu", `${lease.gpu ?? "–"}${price}`);
	const left = Math.max(0, Math.round((Date.parse(lease.until) - Date.now()) / SECOND));
	write(card, ".until", lease.ended ? "has ended" : lease.until ? `in ${clock(left)}, unless extended` : "–");
}

const leaseActions = {
	async close(id) {
		await call("DELETE", `leases/${encodeURIComponent(id)}`);
		return "";
	},
	async lose(id) {
		await call("POST", `faults/lost/${encodeURIComponent(id)}`);
		return "The server has ended the session. The lease detects it within seconds.";
	},
	async forget(id) {
		forgotten.add(id);
		keepFocus(leaseCards.get(id), element("leases-title"));
		leaseCards.get(id).remove();
		leaseCards.delete(id);
		element("no-lease").hidden = leaseCards.size > 0;
		return "";
	},
};

// The form

const form = element("create");
const fields = [...form.querySelectorAll("[data-loc]")];

form.onsubmit = async (event) => {
	event.preventDefault();
	fields.forEach((field) => showError(field, field.closest("[hidden]") ? "" : field.validity.patternMismatch ? field.title : field.validationMessage));
	element("create-error").textContent = "";
	if (focusInvalid() || form.ariaBusy === "true") {
		return;
	}
	form.ariaBusy = "true"; // A second click must not rent a second GPU
	const common = { machineId: element("machine").value, gpu: element("gpu").value || null };
	if (kind() === "lease") {
		element("create-note").textContent = "The lease opens when its session is ready. It is already shown below.";
		await call("POST", "leases", { ...common, owner: element("owner").value.trim() || null }).then(pollNow, showProblem);
		element("create-note").textContent = "";
	}
	else {
		const target = kind() === "dynamic" ? "sessions/dynamic" : "sessions";
		await call("POST", target, { ...common, minutes: element("minutes").valueAsNumber }).then(pollNow, showProblem);
	}
	form.ariaBusy = "false";
};

const kind = () => form.elements.kind.value;

form.onchange = () => {
	element("for-lease").hidden = kind() !== "lease";
	element("for-session").hidden = kind() === "lease";
};

function showProblem(problem) {
	for (const error of problem.errors ?? []) {
		const field = fields.find((field) => error.loc.includes(field.dataset.loc));
		if (field) {
			showError(field, error.msg);
		}
	}
	if (!focusInvalid()) {
		element("create-error").textContent = inWords(problem);
		announce(inWords(problem));
	}
}

function showError(field, message) {
	field.ariaInvalid = String(message !== "");
	element(field.getAttribute("aria-describedby")).textContent = message;
}

function focusInvalid() {
	const invalid = fields.find((field) => field.ariaInvalid === "true");
	invalid?.focus();
	return invalid;
}

call("GET", "machines").then((machines) => element("machines").replaceChildren(...machines.map((machine) =>
	Object.assign(document.createElement("option"), { value: machine.id, label: machine.name }))), () => {}); // The API key of a machine must not list machines

// Faults, only with the fake

const switches = [...element("faults").querySelectorAll("input")];

function showFaults(faults) {
	switches.forEach((input) => { input.checked = faults[input.name]; });
	element("faults").hidden = false;
	hasFaults = true;
	leaseCards.forEach((card) => showButtons(card, card.lease));
	element("upstream").textContent = "a fake ComfyDeploy";
}

element("faults").onchange = () =>
	call("PUT", "faults", Object.fromEntries(switches.map((input) => [input.name, input.checked]))).then(showFaults);

// Meters

const bars = [];
let before;

async function showMeters() {
	const samples = read(await call("GET", "actuator/prometheus"));
	const of = (name) => samples.filter((sample) => sample.name === `comfydeploy_session_${name}`);
	const sum = (some) => some.reduce((total, sample) => total + sample.value, 0);
	const counts = of("operation_seconds_count");
	const times = of("operation_seconds_sum");
	const now = { calls: sum(counts), seconds: sum(times), retries: sum(of("retries_total")) };
	element("calls").textContent = now.calls;
	element("retries").textContent = now.retries;
	element("mean").textContent = milliseconds(now.seconds / now.calls);
	const rows = Map.groupBy(counts, (sample) => `${sample.operation} ${sample.outcome}`); // Regardless of the status
	showRows("operations", [...rows.values()].map((some) => [some[0].operation, some[0].outcome.toLowerCase().replace("_", " "), sum(some),
		milliseconds(sum(times.filter((time) => some.some((sample) => sample.tags === time.tags))) / sum(some))]));
	showRows("reasons", of("retries_total").map((sample) => [sample.operation, sample.reason, sample.value]));
	showBar(now);
}

/** Parse the lines of Prometheus: name{tag="value",...} number */
function read(text) {
	return [...text.matchAll(/^(\w+)\{(.*)\} (\S+)$/gm)].map(([, name, tags, value]) =>
		({ ...Object.fromEntries([...tags.matchAll(/(\w+)="([^"]*)"/g)].map(([, tag, of]) => [tag, of])), name, tags, value: Number(value) }));
}

function showRows(id, rows) {
	element(id).replaceChildren(...rows.sort((one, other) => one.join(" ").localeCompare(other.join(" "))).map((cells) => {
		const row = document.createElement("tr");
		cells.forEach((cell) => { row.insertCell().textContent = cell; });
		return row;
	}));
}

/** Add a bar per second. Its height is the logarithm of the mean latency, from 1 ms to 10 s. */
function showBar(now) {
	const calls = now.calls - (before?.calls ?? now.calls);
	const latency = calls > 0 ? ((now.seconds - before.seconds) / calls) * SECOND : 0;
	bars.push({ latency, retried: now.retries > (before?.retries ?? now.retries) });
	bars.splice(0, bars.length - BARS);
	before = now;
	element("bars").replaceChildren(...bars.map((bar, second) => {
		const height = Math.min(90, Math.max(bar.retried ? 3 : 0, Math.log10(Math.max(1, bar.latency)) * 22.5));
		const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
		const shape = { x: 300 - (bars.length - second) * 4.5, y: 90 - height, width: 3, height, class: bar.retried ? "retried" : "" };
		Object.entries(shape).forEach(([name, value]) => rect.setAttribute(name, value));
		return rect;
	}));
	element("chart").ariaLabel = `Latency of calls: now ${milliseconds(latency / SECOND)}`;
}

function milliseconds(seconds) {
	return seconds > 0 ? `${(seconds * SECOND).toPrecision(2) * 1} ms` : "–";
}

async function watchMeters() {
	while (true) {
		await showMeters().catch(() => {}); // Shown above the sessions
		await new Promise((resolve) => setTimeout(resolve, SECOND));
	}
}

form.onchange(); // A browser may restore an earlier choice
setInterval(() => { cards.forEach(showTime); leaseCards.forEach(showCost); }, SECOND);
call("GET", "faults").then(showFaults, () => {}); // Not found with the real ComfyDeploy
watchLeases();
watchSessions();
watchMeters();

// Asks the sample again and again, and shows what it answers. Cards stay in place and only
// their texts change, so that focus is never lost. Data becomes text, never HTML.

const SECOND = 1000;
const BARS = 60;

const element = (id) => document.getElementById(id);
const cards = new Map(); // by session id, in the order of the page

/** A request to the sample. What fails is an Error with the members of its problem detail. */
async function call(method, path, body) {
	const json = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
	const response = await fetch(path, { method, ...json }).catch(() => {
		throw new Error("The sample does not answer.");
	});
	const text = await response.text();
	if (response.ok) {
		return (response.headers.get("Content-Type") ?? "").includes("json") ? JSON.parse(text) : text;
	}
	const isProblem = (response.headers.get("Content-Type") ?? "").includes("problem+json");
	const problem = isProblem ? JSON.parse(text) : {};
	throw Object.assign(new Error(problem.detail ?? `Answered with ${response.status}.`), { status: response.status }, problem);
}

function inWords(problem) {
	const attempts = problem.attempts > 1 ? ` Tried ${problem.attempts} times.` : "";
	return problem.message.replace(/[^.]$/, "$&.") + attempts + (problem.outcomeUnknown ? " It may have been carried out all the same." : "");
}

const announce = (text) => { element("announcer").textContent = text; };

// Sessions

let lookNow = () => {};

async function watchSessions() {
	while (true) {
		await showSessions().then(() => "", inWords).then((trouble) => { element("trouble").textContent = trouble; });
		await new Promise((resolve) => { lookNow = resolve; setTimeout(resolve, SECOND); });
	}
}

async function showSessions() {
	const sessions = await call("GET", "sessions"); // the newest first
	sessions.reverse().forEach(showSession);
	for (const id of [...cards.keys()].filter((id) => !sessions.some((session) => session.id === id))) {
		await showUnlisted(id);
	}
	element("none").hidden = cards.size > 0;
}

/** A session that is closing is not listed any more, but still there. */
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
	details.open = state === "starting"; // which closes the log of another
	return card;
}

function removeCard(id) {
	const card = cards.get(id);
	card.source?.close();
	keepFocus(card, element("sessions-title"));
	card.remove();
	cards.delete(id);
	announce(`Session ${id.slice(0, 8)} is gone`);
}

function showUrl(cell, url) {
	if (cell.textContent === (url ?? "not yet")) {
		return;
	}
	const isLink = /^https?:\/\//i.test(url ?? "");
	const text = Object.assign(document.createElement(isLink ? "a" : "span"), { textContent: url ?? "not yet" });
	if (isLink) {
		Object.assign(text, { href: url, target: "_blank", rel: "noreferrer" });
	}
	cell.replaceChildren(text);
}

function showTime(card) {
	const end = Date.parse(card.session.timeoutEnd);
	const left = Math.max(0, Math.round((end - Date.now()) / SECOND)) || 0; // none without an end
	const bar = card.querySelector("progress");
	bar.max = (end - Date.parse(card.session.createdAt)) / SECOND || 1;
	bar.value = left;
	const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
	write(card, ".left", card.session.timeoutEnd ? clock : "");
}

const path = (id) => `sessions/${encodeURIComponent(id)}`;

const actions = {
	async extend(id) {
		await call("POST", `${path(id)}/extend?minutes=5`);
		return "5 minutes more.";
	},
	async snapshot(id) {
		const snapshot = await call("POST", `${path(id)}/snapshot`);
		return `Kept as version ${snapshot.version} of its machine.`;
	},
	async cancel(id) {
		await call("DELETE", path(id));
		return "Cancelled.";
	},
};

async function act(card, id, action) {
	if (card.ariaBusy === "true") {
		return; // one press is one call
	}
	card.ariaBusy = "true";
	const note = card.querySelector(".note");
	note.textContent = "";
	await action(id).then((words) => [words, "note"], (problem) => [inWords(problem), "note error"])
		.then(([words, style]) => Object.assign(note, { textContent: words, className: style }));
	announce(note.textContent);
	card.ariaBusy = "false";
	lookNow();
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
	card.source.onopen = () => log.replaceChildren(); // it begins at the start, each time
	card.source.onmessage = (event) => {
		const entry = JSON.parse(event.data);
		add(`${entry.timestamp ? new Date(entry.timestamp).toLocaleTimeString("en-GB") : ""} ${entry.message}`);
	};
	card.source.onerror = () => card.source.readyState === EventSource.CLOSED && add("The log broke off.");
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

// The form

const form = element("create");
const fields = [...form.querySelectorAll("[data-loc]")];

form.onsubmit = async (event) => {
	event.preventDefault();
	fields.forEach((field) => showError(field, field.validity.patternMismatch ? field.title : field.validationMessage));
	element("create-error").textContent = "";
	if (focusInvalid() || form.ariaBusy === "true") {
		return;
	}
	form.ariaBusy = "true"; // a second press must not buy a second GPU
	const request = { machineId: element("machine").value, gpu: element("gpu").value || null, minutes: element("minutes").valueAsNumber };
	await call("POST", element("dynamic").checked ? "sessions/dynamic" : "sessions", request).then(lookNow, showProblem);
	form.ariaBusy = "false";
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

// Faults, which only the fake has

const switches = [...element("faults").querySelectorAll("input")];

function showFaults(faults) {
	switches.forEach((input) => { input.checked = faults[input.name]; });
	element("faults").hidden = false;
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
	showRows("operations", counts.map((sample) => [sample.operation, sample.outcome.toLowerCase().replace("_", " "), sample.value,
		milliseconds(times.find((time) => time.tags === sample.tags).value / sample.value)]));
	showRows("reasons", of("retries_total").map((sample) => [sample.operation, sample.reason, sample.value]));
	showBar(now);
}

/** The lines of Prometheus: name{tag="value",...} number */
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

/** One bar a second, its height the logarithm of the mean latency: 1 ms is none, 10 s is all. */
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
	element("chart").ariaLabel = `Latency of the calls: now ${milliseconds(latency / SECOND)}`;
}

function milliseconds(seconds) {
	return seconds > 0 ? `${(seconds * SECOND).toPrecision(2) * 1} ms` : "–";
}

async function watchMeters() {
	while (true) {
		await showMeters().catch(() => {}); // that the sample is gone is said above the sessions
		await new Promise((resolve) => setTimeout(resolve, SECOND));
	}
}

setInterval(() => cards.forEach(showTime), SECOND);
call("GET", "faults").then(showFaults, () => {}); // none: the real ComfyDeploy
watchSessions();
watchMeters();

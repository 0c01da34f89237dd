const find = (selector, root = document) => root.querySelector(selector);

const says = {
	'renting': () => 'Renting a GPU …',
	'rendering': (rendering) => `Rendering on session ${rendering.detail}`,
	'done': (rendering) => `Session ${rendering.detail} is cancelled.`,
	'failed': () => 'There is no picture.',
};

find('#order').addEventListener('submit', async (event) => {
	event.preventDefault();
	const order = { text: find('#text').value, owner: find('#owner').value, machineId: find('#machine').value };
	const item = find('#rendering').content.cloneNode(true).firstElementChild;
	find('.what', item).textContent = order.text;
	find('.who', item).textContent = `for ${order.owner}`;
	find('#renderings').prepend(item);
	item.focus();
	try {
		const response = await fetch('renderings', { method: 'POST', body: new URLSearchParams(order) });
		await follow(item, (await read(response)).id);
	}
	catch (error) {
		find('.error', item).textContent = error.message;
	}
});

async function read(response) {
	if (!response.ok) {
		throw new Error(`The application responded with ${response.status}.`);
	}
	return response.json();
}

async function follow(item, id) {
	let rendering;
	do {
		await new Promise((resolve) => setTimeout(resolve, 250));
		rendering = await read(await fetch(`renderings/${id}`));
		show(item, rendering);
	} while (rendering.state !== 'done' && rendering.state !== 'failed');
}

function show(item, rendering) {
	item.dataset.state = rendering.state;
	find('progress', item).value = rendering.progress;
	find('.lease', item).textContent = says[rendering.state](rendering);
	find('.error', item).textContent = (rendering.state === 'failed') ? rendering.detail : '';
	const image = find('img', item);
	if (image.hidden && rendering.state === 'done') {
		image.src = `data:image/png;base64,${rendering.picture}`;
		image.alt = find('.what', item).textContent;
		image.hidden = false;
	}
}

/**
 * Script of the page that shows a circuit offline. It reads the circuit that the page carries, and puts every text there as
 * text, never as markup.
 */
export const viewerScript = `"use strict";
(async () => {
const byId = (id) => document.getElementById(id);
const make = (name, text, className) => {
	const element = document.createElement(name);
	if (text !== undefined) element.textContent = text;
	if (className) element.className = className;
	return element;
};
const packed = Uint8Array.from(atob(byId("scd-circuit").textContent), (letter) => letter.charCodeAt(0));
const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
const circuit = await new Response(stream).json();
const bare = (id) => id.replace(/@.*|\\.rest$/, "");
const facts = new Map(circuit.features.map((feature) => [feature.id, feature]));
const nodes = new Map(circuit.nodes.map((node) => [node.id, node]));
const show = (number) => Number(number).toPrecision(4).replace("-", "−");
// A sign and the colour of raising or lowering.
const signed = (element, number) => {
	element.textContent = (number > 0 ? "+" : "") + show(number);
	if (number !== 0) element.classList.add(number > 0 ? "raises" : "lowers");
	return element;
};
const visible = (token) => token.replace(/\\n/g, "↵").replace(/\\t/g, "⇥").replace(/[\\u0000-\\u001f]/g, "\\ufffd");
const nameOf = (node) => [node.id, node.token === undefined ? "" : JSON.stringify(node.token), node.label || ""].filter(Boolean).join("  ");

const stage = byId("stage");
const drawing = stage.querySelector("svg");
const drawn = new Map();
for (const title of drawing ? drawing.querySelectorAll("title") : []) {
	const id = title.textContent.split(/[\\s,:·]/)[0];
	const group = title.parentNode;
	if (!nodes.has(id) || drawn.has(id) || group === drawing) continue;
	drawn.set(id, group);
	group.dataset.node = id;
}

let [x, y, zoom] = [0, 0, 1];
const size = drawing ? { width: drawing.viewBox.baseVal.width || drawing.clientWidth, height: drawing.viewBox.baseVal.height || drawing.clientHeight } : { width: 1, height: 1 };
if (drawing) {
	drawing.setAttribute("width", size.width);
	drawing.setAttribute("height", size.height);
}
const place = () => { if (drawing) drawing.style.transform = "translate(" + x + "px," + y + "px) scale(" + zoom + ")"; };
const fit = () => {
	zoom = Math.min(stage.clientWidth / size.width, stage.clientHeight / size.height) * 0.98;
	x = (stage.clientWidth - zoom * size.width) / 2;
	y = (stage.clientHeight - zoom * size.height) / 2;
	place();
};
const zoomBy = (factor, atX = stage.clientWidth / 2, atY = stage.clientHeight / 2) => {
	const next = Math.min(40, Math.max(0.005, zoom * factor));
	x = atX - ((atX - x) * next) / zoom;
	y = atY - ((atY - y) * next) / zoom;
	zoom = next;
	place();
};
stage.addEventListener("wheel", (event) => {
	event.preventDefault();
	const box = stage.getBoundingClientRect();
	zoomBy(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });
let held = null;
stage.addEventListener("pointerdown", (event) => {
	if (event.target.closest("button")) return;
	held = { x: event.clientX, y: event.clientY, moved: 0, node: event.target.closest("[data-node]") };
	stage.setPointerCapture(event.pointerId);
});
stage.addEventListener("pointermove", (event) => {
	if (!held) return;
	held.moved += Math.abs(event.clientX - held.x) + Math.abs(event.clientY - held.y);
	x += event.clientX - held.x;
	y += event.clientY - held.y;
	held.x = event.clientX;
	held.y = event.clientY;
	stage.classList.add("moving");
	place();
});
stage.addEventListener("pointerup", () => {
	stage.classList.remove("moving");
	if (held && held.moved < 4 && held.node) choose(held.node.dataset.node, false);
	held = null;
});
stage.addEventListener("keydown", (event) => {
	const steps = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
	if (steps) { x += steps[0]; y += steps[1]; place(); event.preventDefault(); }
	else if (event.key === "+") zoomBy(1.25);
	else if (event.key === "-") zoomBy(0.8);
	else if (event.key === "0") fit();
});
byId("in").onclick = () => zoomBy(1.25);
byId("out").onclick = () => zoomBy(0.8);
byId("fit").onclick = fit;

let chosen = null;
const choose = (id, center) => {
	if (chosen && drawn.has(chosen)) drawn.get(chosen).classList.remove("chosen");
	chosen = id;
	const group = drawn.get(id);
	if (group) group.classList.add("chosen");
	if (group && center) {
		const width = group.getBoundingClientRect().width;
		// Near enough to be read.
		if (width > 0 && width < 140) zoomBy(190 / width);
		const [box, outer] = [group.getBoundingClientRect(), stage.getBoundingClientRect()];
		x += outer.left + outer.width / 2 - box.left - box.width / 2;
		y += outer.top + outer.height / 2 - box.top - box.height / 2;
		place();
	}
	for (const button of byId("list").querySelectorAll("button")) button.setAttribute("aria-current", button.dataset.id === id);
	showCard(nodes.get(id));
};
const linkTo = (id, weight) => {
	const button = make("button", id);
	button.prepend(signed(make("span", "", "number"), weight));
	button.onclick = () => choose(id, true);
	const item = make("li");
	item.append(button);
	return item;
};
const tokenRow = (tokens, strength, colour) => {
	const row = make("p", undefined, "tokens");
	tokens.forEach((token, i) => {
		const span = make("span", visible(token));
		const share = Math.max(0, Math.min(1, strength(i)));
		if (share > 0) span.style.backgroundColor = "rgb(" + colour + " / " + share * 0.7 + ")";
		row.append(span, i < tokens.length - 1 && colour !== "60 100 230" ? "  " : "");
	});
	return row;
};
// What is stored is a derivative of the metric; what is shown is positive where it raises the target.
const [nodeSign, edgeSign] = [Number(byId("card").dataset.nodeSign), Number(byId("card").dataset.edgeSign)];
const showCard = (node) => {
	const card = byId("card");
	card.replaceChildren(make("h1", node.id));
	if (node.label) card.append(make("p", node.label));
	if (node.token !== undefined) card.append(make("p", JSON.stringify(node.token), "tokens"));
	const list = make("dl");
	for (const [name, value] of [["kind", node.kind], ["layer", node.layer], ["position", node.joined ? null : node.position], ["errors", node.joined], ["activation", show(node.activation)]])
		if (value !== null && value !== undefined) list.append(make("dt", name), make("dd", String(value)));
	list.append(make("dt", "effect on the target"), signed(make("dd"), nodeSign * node.attribution), make("dt", "as computed"), make("dd", show(node.attribution)));
	card.append(list);
	const known = facts.get(bare(node.id));
	if (known && known.facts) {
		const { contexts, raises, lowers, frequency } = known.facts;
		if (frequency > 0) card.append(make("p", "active on " + (100 * frequency).toPrecision(3) + "% of tokens", "faint"));
		if (contexts.length > 0) card.append(make("h2", "Fires on"));
		for (const { tokens, activations } of contexts.slice(0, 8)) {
			const most = Math.max(1e-12, ...activations);
			card.append(tokenRow(tokens, (i) => activations[i] / most, "60 100 230"));
		}
		for (const [words, effects, colour] of [["Raises", raises, "60 120 255"], ["Lowers", lowers, "230 70 60"]])
			if (effects.length > 0) {
				const most = Math.max(1e-12, ...effects.map(({ effect }) => Math.abs(effect)));
				card.append(make("h2", words), tokenRow(effects.map(({ token }) => token), (i) => Math.abs(effects[i].effect) / most, colour));
			}
	}
	for (const [words, near, far] of [["From", "target", "source"], ["To", "source", "target"]]) {
		const edges = circuit.edges.filter((edge) => edge[near] === node.id).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
		if (edges.length === 0) continue;
		const rows = make("ol");
		for (const edge of edges.slice(0, 40)) rows.append(linkTo(edge[far], edgeSign * edge.weight));
		card.append(make("h2", words + " (" + edges.length + ")"), rows);
	}
};

const score = (value) => (value === null || value === undefined ? undefined : value.toFixed(2));
const showFacts = () => {
	const { model, metric, prompt, features, nodes: all, edges } = circuit;
	const list = make("dl");
	const rows = [["model", model.name], ["prompt", JSON.stringify(prompt.text)], ["metric", metric.value === null ? metric.name : metric.name + " " + show(metric.value)],
		["replacement", score(circuit.replacement)], ["completeness", score(circuit.completeness)],
		["nodes", all.length], ["edges", edges.length], ["features", features.length]];
	for (const [name, value] of rows)
		if (value !== undefined && value !== "") list.append(make("dt", name), make("dd", String(value)));
	const strongest = make("ol");
	for (const node of order.filter(({ kind }) => kind === "feature").slice(0, 12)) strongest.append(linkTo(node.id, nodeSign * node.attribution));
	byId("card").replaceChildren(make("h1", circuit.name), make("p", "Choose a card in the drawing or a node in the list to see what it fires on and its edges. Drag to move, scroll or + and − to zoom, 0 fits.", "faint"), list, make("h2", "Largest effects on the target"), strongest);
};

const order = [...nodes.values()].sort((a, b) => Math.abs(b.attribution) - Math.abs(a.attribution));
const wordsOf = (node) => {
	const known = facts.get(bare(node.id));
	return (nameOf(node) + " " + (known && known.facts ? known.facts.raises.map(({ token }) => token).join(" ") : "")).toLowerCase();
};
const search = byId("search");
const list = () => {
	const query = search.value.trim().toLowerCase();
	const found = order.filter((node) => query === "" || wordsOf(node).includes(query)).slice(0, 300);
	byId("list").replaceChildren(...found.map((node) => {
		const button = make("button", nameOf(node));
		button.dataset.id = node.id;
		button.onclick = () => choose(node.id, true);
		const item = make("li");
		item.append(button);
		return item;
	}));
};
search.addEventListener("input", list);
search.addEventListener("keydown", (event) => {
	const first = byId("list").querySelector("button");
	if (event.key === "Enter" && first) first.click();
});
list();
fit();
showFacts();
addEventListener("resize", fit);
document.documentElement.dataset.ready = "true";
})();
`;

import { reference } from "../../main/app/locations.ts";
import { discoverDictionaries } from "../../main/sae/discovery.ts";
import type { CircuitNode } from "../../main/shared/circuit.ts";
import { EdgeList } from "../../main/shared/edge-list.ts";
import { formatNodeId } from "../../main/shared/node-id.ts";
import { Store } from "../../main/store/store.ts";
import { gradientRequest } from "../requests.ts";

/** Stores a made-up circuit of the bundled model's features, so that its cards have words. */
export function storeLargeCircuit(database: string, name: string, nodeCount: number, edgeCount: number): void {
	let state = 7;
	const random = () => {
		state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
		return state / 0x80000000;
	};
	const { dictionaries } = discoverDictionaries([reference.dictionaries]);
	const tokens = Math.max(8, Math.ceil(nodeCount / 60));
	const nodes: CircuitNode[] = Array.from({ length: tokens }, (_, position) => ({
		id: formatNodeId({ kind: "token", token: 300 + position, position }),
		kind: "token",
		feature: 300 + position,
		position,
		activation: 1,
		attribution: random() - 0.5,
	}));
	const known = new Set<string>();
	while (nodes.length < nodeCount - 1) {
		const { site, dSae } = dictionaries[Math.floor(random() * dictionaries.length)] as (typeof dictionaries)[number];
		const position = Math.floor(random() * tokens);
		const error = random() < 0.08;
		const feature = Math.floor(random() * dSae);
		const id = error
			? formatNodeId({ kind: "error", site, position })
			: formatNodeId({ kind: "feature", site, feature, position });
		if (known.has(id)) continue;
		known.add(id);
		const place = {
			site: site.kind,
			layer: site.layer,
			position,
			activation: 3 * random(),
			attribution: (random() - 0.5) ** 3,
		};
		nodes.push(error ? { id, kind: "error", ...place } : { id, kind: "feature", ...place, feature });
	}
	const last = tokens - 1;
	nodes.push({ id: `logit.8@${last}`, kind: "logit", feature: 8, position: last, activation: 12, attribution: 1 });
	const rank = ({ kind, layer, site }: CircuitNode) =>
		kind === "token"
			? -1
			: kind === "logit"
				? 1e9
				: (layer ?? 0) * 5 + ["z", "attn", "mid", "mlp", "resid"].indexOf(site ?? "z");
	const ranks = nodes.map(rank);
	const isThere = new Uint8Array(Math.ceil(nodes.length ** 2 / 8));
	const [sources, targets] = [new Uint32Array(edgeCount), new Uint32Array(edgeCount)];
	const weights = new Float64Array(edgeCount);
	for (let count = 0; count < edgeCount; ) {
		const [a, b] = [Math.floor(random() * nodes.length), Math.floor(random() * nodes.length)];
		const apart = (ranks[b] as number) - (ranks[a] as number);
		const key = a * nodes.length + b;
		const [byte, bit] = [key >>> 3, 1 << (key & 7)];
		if (apart <= 0 || apart > 12 || (isThere[byte] as number) & bit) continue;
		isThere[byte] = (isThere[byte] as number) | bit;
		sources[count] = a;
		targets[count] = b;
		weights[count++] = (random() - 0.5) ** 5;
	}
	const request = gradientRequest({
		modelDir: reference.model,
		dictionaryDirs: [reference.dictionaries],
		prompt: "made up",
		choice: { by: "count", count: 10 },
		upNodes: 10,
	});
	const store = new Store(database);
	store.finishRun(store.runs.start(request, {}, name), name, request, {
		model: { name: "scd-reference", hash: "made up" },
		dictionaries: dictionaries.map(({ name: title, hash, siteName: site, rule }) => ({
			name: title,
			hash,
			site,
			rule,
		})),
		skipped: [],
		prompt: {
			text: "made up",
			tokens: Array.from({ length: tokens }, (_, i) => ` t${i}`),
			tokenIds: Array.from({ length: tokens }, (_, i) => 300 + i),
		},
		metric: { name: "cross_entropy", value: 1 },
		nodes,
		edges: new EdgeList({ ids: nodes.map(({ id }) => id), sources, targets, weights }),
		explained: 0.5,
		provider: "cpu",
		seconds: 1,
		peakRssBytes: 1e8,
		reused: 0,
		pieces: 1,
	});
	store.dispose();
}

import type { CircuitFile } from "../../main/shared/exchange/circuit-file.ts";
import { gradientRequest } from "../requests.ts";

const prompt = { text: "ab", tokens: ["a", "b"], token_ids: [1, 2] };

/** A small circuit as a file, with something in each of its parts. */
export function exampleFile(): CircuitFile {
	const node = (feature: number) => ({
		id: `mlp_0.${feature}@1`,
		kind: "feature" as const,
		site: "mlp" as const,
		layer: 0,
		feature,
		position: 1,
		activation: feature / 3,
		attribution: 0.25 - feature / 3,
	});
	const nodes = Array.from({ length: 12 }, (_, i) => node(i));
	const edges = nodes.slice(1).map(({ id }, i) => ({ source: `mlp_0.${i}@1`, target: id, weight: (i - 5) / 7 }));
	return {
		format: "sparse-circuit",
		version: 3,
		program: { name: "test", version: "0" },
		name: "example",
		created_at: 1,
		updated_at: 2,
		model: { name: "m", hash: "mh" },
		dictionaries: [{ site: "mlp_0", name: "d", hash: "dh" }],
		prompt,
		metric: { name: "cross_entropy", value: 1.5 },
		explained: 0.5,
		nodes,
		edges,
		document: {
			places: [{ id: "mlp_0.1@1", x: 1, dy: 2 }],
			hidden: [],
			groups: [],
			notes: [{ id: "n", text: "<b>note</b>", x: 0, y: 0 }],
			links: [],
			pins: [{ id: "mlp_0.1", order: 0 }],
			pinSets: [],
			story: [{ id: "story.a", order: 0, path: ["mlp_0.1@1", "mlp_0.2@1"], text: "One feeds two." }],
			labels: [{ id: "mlp_0.2", text: "two" }],
		},
		view: { foldPositions: true },
		runs: [
			{
				...{
					id: 1,
					request: gradientRequest({ modelDir: "/m", dictionaryDirs: ["/d"], prompt: "ab" }),
					status: "done",
					versions: {},
				},
				...{ started_at: 1, finished_at: 2, error: null, target: "example", model: { name: "m", hash: "mh" }, prompt },
				...{ dictionaries: [{ site: "mlp_0", name: "d", hash: "dh", rule: null }], provider: "cpu", fallback: null },
				...{ metric_name: "cross_entropy", metric: 1.5, explained: 0.5, seconds: 1, peak_rss_bytes: 1, reused: 0 },
				pieces: 1,
			},
		],
		provenance: {
			nodes: nodes.map(({ id, attribution }) => [id, 1, attribution]),
			edges: edges.map(({ source, target, weight }) => [source, target, 1, weight]),
		},
		history: [{ step: 1, run: 1, label: "Trace", at: 1, kind: "change", of_step: null, edit: null, diff: {} }],
		reports: [],
		features: [],
		originals: [],
	};
}

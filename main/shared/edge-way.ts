import { type Site, type SiteName, siteName } from "./site.ts";

/** Sublayers on the ways from one site to another that pass no site between which is held; layers in order. */
export interface EdgeWay {
	readonly attentions: readonly number[];
	readonly mlps: readonly number[];
}

/** One of GPT-2's joints: where a value leads, and by which sublayer. */
interface Joint {
	readonly from: string;
	readonly to: string;
	readonly by?: "attention" | "mlp";
	readonly layer: number;
}

const end = "logits";

/** Between two sites of a model of so many layers; without a target up to its logits. */
export function findWay(source: Site, target: Site | undefined, held: Iterable<string>, layers: number): EdgeWay {
	const joints = listJoints(layers, [source, ...(target ? [target] : [])]);
	const from = siteName(source);
	const to = target ? siteName(target) : end;
	const stops = new Set([...held].filter((site) => site !== from && site !== to));
	const below = follow(
		from,
		joints,
		stops,
		({ from: begin }) => begin,
		({ to: next }) => next,
	);
	const above = follow(
		to,
		joints,
		stops,
		({ to: begin }) => begin,
		({ from: next }) => next,
	);
	const layersOf = (by: Joint["by"]) => {
		const on = joints.filter((joint) => joint.by === by && below.has(joint.from) && above.has(joint.to));
		return [...new Set(on.map(({ layer }) => layer))].sort((a, b) => a - b);
	};
	return { attentions: layersOf("attention"), mlps: layersOf("mlp") };
}

function listJoints(layers: number, named: readonly Site[]): readonly Joint[] {
	const joints: Joint[] = [{ from: "embed_-1", to: "resid_-1", layer: -1 }];
	for (let layer = 0; layer < layers; layer++) {
		const at = (kind: Site["kind"]) => siteName({ kind, layer });
		const join = (from: string, to: string, by?: Joint["by"]) => joints.push({ from, to, layer, ...(by && { by }) });
		const entering: SiteName = siteName({ kind: "resid", layer: layer - 1 });
		join(entering, at("ln1"));
		join(at("ln1"), at("z"), "attention");
		for (const site of named)
			if (site.layer === layer && site.head !== undefined) {
				join(at("ln1"), siteName(site), "attention");
				join(siteName(site), at("z"));
			}
		join(at("z"), at("attn"));
		join(at("attn"), at("mid"));
		join(entering, at("mid"));
		join(at("mid"), at("mlpin"));
		join(at("mlpin"), at("ln2"));
		join(at("ln2"), at("post"), "mlp");
		join(at("post"), at("mlp"));
		join(at("mlp"), at("resid"));
		join(at("mid"), at("resid"));
	}
	joints.push({ from: siteName({ kind: "resid", layer: layers - 1 }), to: `lnf_${layers - 1}`, layer: layers });
	joints.push({ from: `lnf_${layers - 1}`, to: end, layer: layers });
	return joints;
}

/** Everything that is reached from `start`; what is held is reached and leads no further. */
function follow(
	start: string,
	joints: readonly Joint[],
	stops: ReadonlySet<string>,
	beginOf: (joint: Joint) => string,
	nextOf: (joint: Joint) => string,
): ReadonlySet<string> {
	const byBegin = Map.groupBy(joints, beginOf);
	const reached = new Set([start]);
	for (const place of reached)
		if (!stops.has(place)) for (const joint of byBegin.get(place) ?? []) reached.add(nextOf(joint));
	return reached;
}

import { withoutPosition } from "#shared/node-id";
import type { EdgeCurve, Figure } from "#shared/validation";
import { EdgeLoss, EdgeSet, endOf } from "./edge-loss.ts";
import { resampleTexts, type Scale } from "./validation-figures.ts";
import type { ValidationRun } from "./validation-run.ts";
import { listPins } from "./validation-variants.ts";

/** Shares of the edges at which the MIB benchmark measures (hannamw/MIB-circuit-track, `evaluation.py`). */
const edgeShares = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] as const;

/**
 * Areas over the share of edges by the trapezoidal rule, as MIB has them: CPR under the faithfulness, CMD between it and 1.
 * The axis begins at the smallest share, so a faithfulness of 1 throughout has a CPR of 0.999.
 */
export function measureAreas(faithfulness: readonly number[]): { readonly cpr: number; readonly cmd: number } {
	let [cpr, cmd] = [0, 0];
	for (let i = 1; i < edgeShares.length; i++) {
		const width = (edgeShares[i] as number) - (edgeShares[i - 1] as number);
		const [from, to] = [faithfulness[i - 1] as number, faithfulness[i] as number];
		cpr += (width * (from + to)) / 2;
		cmd += (width * (Math.abs(1 - from) + Math.abs(1 - to))) / 2;
	}
	return { cpr, cmd };
}

/**
 * The circuit with its strongest edges alone, at more and more of them: what is kept of each feature is what reaches it by
 * kept edges, and of those from which no kept edge leads on to a logit nothing, as MIB prunes them. Without an edge that is
 * the model with nothing kept; what tokens and errors do is never cut. `ranked` are edges, strongest first; those whose ends
 * are not both in the circuit (or a logit) do not count.
 */
export async function measureEdgeCurve(
	run: ValidationRun,
	ranked: readonly (readonly [source: string, target: string])[],
	scale: Scale,
): Promise<EdgeCurve> {
	const circuit = new Set(listPins(run.pinned));
	const edges = ranked.filter(
		([source, target]) =>
			circuit.has(withoutPosition(source)) && (endOf(target) === "logits" || circuit.has(endOf(target))),
	);
	const counts = edgeShares.map((share) => Math.trunc(share * edges.length));
	const sizes = [...new Set(counts)];
	const { dictionaries, model } = run.inputs;
	const { baseline, errors } = run.request;
	const loss = await EdgeLoss.load({
		...{ model, dictionaries, pinned: run.pinned, baseline, errors },
		measure: run.read.measure,
		session: run.session,
	});
	try {
		const cuts = sizes.map((size) => loss.cutAllBut(new EdgeSet(edges.slice(0, size), { strict: true })));
		const rows = await run.measureTexts(
			"Keeping the strongest edges",
			[run.request.pins, "edges", sizes, edges],
			async (index) => {
				const losses: number[] = [];
				for (const cut of cuts) {
					await run.pause();
					losses.push(await loss.run(run.textOf(index), cut, run.baselinesOf(index)));
				}
				return losses;
			},
		);
		const of = (size: number) => rows.map((row) => row[sizes.indexOf(size)] as number);
		return describeCurve(counts, of, scale, edges.length, run);
	} finally {
		await loss.dispose();
	}
}

function describeCurve(
	counts: readonly number[],
	of: (size: number) => readonly number[],
	scale: Scale,
	edges: number,
	{ request: { seed }, read: { texts, measure } }: ValidationRun,
): EdgeCurve {
	const predictions = measure === "metric" ? texts.length : texts.reduce((sum, { ids }) => sum + ids.length - 1, 0);
	const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / Math.max(1, predictions);
	const points = counts.map((count, i) => ({
		share: edgeShares[i] as number,
		edges: count,
		measured: mean(of(count)),
		faithfulness: scale.figureOf(of(count)),
	}));
	if (!scale.isDefined) return { edges, points, cpr: null, cmd: null };
	const area = (name: "cpr" | "cmd", pick?: (i: number) => number) =>
		measureAreas(counts.map((count) => scale.shareOf(of(count), pick)))[name];
	const figure = (name: "cpr" | "cmd"): Figure => ({
		value: area(name),
		interval: resampleTexts(texts.length, (pick) => area(name, pick), seed) ?? [area(name), area(name)],
	});
	return { edges, points, cpr: figure("cpr"), cmd: figure("cmd") };
}

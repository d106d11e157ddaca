import { AppError } from "#shared/errors";
import { parseNodeId } from "#shared/node-id";
import { kendall, pearson, spearman } from "#shared/rank-correlation";
import { siteName } from "#shared/site";
import type { PatchedNode, PatchingAgreement, ValidationRequest } from "#shared/validation";
import { buildTokenInputs, tokenFeeds } from "../model/activation-session.ts";
import { buildGpt2Sites } from "../model/gpt2-graph.ts";
import { mapParameters } from "../model/gpt2-parameters.ts";
import { add } from "../onnx/elementwise.ts";
import { rowsAtOnce } from "../onnx/memory.ts";
import { floats, GraphSession, type Numbers } from "../onnx/session.ts";
import { input } from "../onnx/sources.ts";
import { CorpusEncoder } from "../sae/corpus-encoder.ts";
import type { Dictionary } from "../sae/dictionary.ts";
import { loadDictionarySlice } from "../sae/dictionary-slice.ts";
import { buildSomeFeatures } from "../sae/feature-graph.ts";
import { buildMeasure, type MeasuredText, measureFeeds } from "./measure.ts";
import { resampleTexts } from "./validation-figures.ts";
import type { ValidationRun } from "./validation-run.ts";
import { readCases } from "./validation-texts.ts";

/** A node to patch, and where it sits. */
interface PlacedNode {
	readonly id: string;
	readonly dictionary: Dictionary;
	readonly feature: number;
	readonly position: number;
	/** What the attribution says that patching it changes. */
	readonly predicted: number;
}

/**
 * The strongest nodes of a prompt patched one at a time, and whether that comes out as their attributions say: each node's
 * activation becomes its patch's (or 0) at its position, the error stays, and everything behind it is computed again.
 */
export async function measurePatching(
	run: ValidationRun,
	asked: NonNullable<ValidationRequest["patching"]>,
): Promise<PatchingAgreement> {
	const { texts } = await readCases({ metric: asked.metric, cases: [asked.case] }, run.request, run.inputs);
	const text = texts[0] as MeasuredText;
	const nodes = asked.nodes.map(([id, attribution]) =>
		// With a pair an attribution is of going to the patch, else of being there.
		placeNode(run, id, text.patch ? attribution : -attribution, text.ids.length),
	);
	const patched = await patchEach(run, text, nodes);
	const described = nodes.map(({ id, predicted }, i): PatchedNode => ({ id, predicted, exact: patched[i] as number }));
	const [predicted, exact] = [described.map((one) => one.predicted), described.map((one) => one.exact)];
	const figure = (find: typeof spearman) => {
		const value = find(predicted, exact);
		if (value === undefined) return null;
		const interval = resampleTexts(
			described.length,
			(pick) => {
				const draw = (of: readonly number[]) => of.map((_, i) => of[pick(i)] as number);
				return find(draw(predicted), draw(exact)) ?? Number.NaN;
			},
			run.request.seed,
		);
		return { value, interval: interval ?? ([value, value] as const) };
	};
	return { nodes: described, spearman: figure(spearman), kendall: figure(kendall), pearson: figure(pearson) };
}

function placeNode({ inputs }: ValidationRun, id: string, predicted: number, tokens: number): PlacedNode {
	const ref = parseNodeId(id);
	const dictionary =
		ref.kind === "feature" ? inputs.dictionaries.find((one) => one.siteName === siteName(ref.site)) : undefined;
	if (ref.kind !== "feature" || ref.position === undefined || ref.position >= tokens || !dictionary)
		throw new AppError(
			"usage",
			`${id} cannot be patched: it is no feature at a position of the prompt with a dictionary here. Trace the prompt again.`,
			{ id },
		);
	return { id, dictionary, feature: ref.feature, position: ref.position, predicted };
}

/** What is measured with each node patched, less what it is without. */
async function patchEach(
	run: ValidationRun,
	text: MeasuredText,
	nodes: readonly PlacedNode[],
): Promise<readonly number[]> {
	const changes = await findChanges(run, text, nodes);
	const used = [...new Set(nodes.map(({ dictionary }) => dictionary))];
	const columns = new Map(
		used.map((one) => [
			one,
			[...new Set(nodes.flatMap(({ dictionary, feature }) => (dictionary === one ? [feature] : [])))],
		]),
	);
	const session = await loadPatching(run, columns);
	try {
		const tokens = text.ids.length;
		const { heads, innerWidth, vocabularySize } = run.inputs.model.config;
		const atOnce = Math.max(
			1,
			rowsAtOnce(4 * tokens * Math.max(heads * tokens + innerWidth, vocabularySize / tokens)) - 1,
		);
		const found: number[] = [];
		for (let first = 0; first < nodes.length; first += atOnce) {
			await run.pause();
			const rows = nodes.slice(first, first + atOnce);
			const feeds: Record<string, Numbers> = { ...tokenFeeds(text.ids), ...measureFeeds(text) };
			for (const [dictionary, features] of columns) {
				const data = new Float32Array((1 + rows.length) * tokens * features.length);
				for (const [row, node] of rows.entries())
					if (node.dictionary === dictionary)
						data[((1 + row) * tokens + node.position) * features.length + features.indexOf(node.feature)] = changes[
							first + row
						] as number;
				feeds[`change:${dictionary.siteName}`] = { data, dims: [1 + rows.length, tokens, features.length] };
			}
			const measured = floats(await session.run(feeds), "measured");
			// Row 0 changes nothing: the same rounding on both sides.
			for (let row = 1; row < measured.length; row++) found.push((measured[row] as number) - (measured[0] as number));
		}
		return found;
	} finally {
		await session.dispose();
	}
}

/** `x + change · W_dec` at each site, `change` `[N, T, features]`. */
async function loadPatching(
	{ inputs: { model }, session }: ValidationRun,
	columns: ReadonlyMap<Dictionary, readonly number[]>,
): Promise<GraphSession> {
	const graph = { config: model.config, parameter: mapParameters(model) };
	const bySite = new Map([...columns].map(([dictionary, features]) => [dictionary.siteName, { dictionary, features }]));
	const sites = buildGpt2Sites({
		...graph,
		...buildTokenInputs(graph.parameter),
		intervene(site, x) {
			const found = bySite.get(site);
			if (!found) return x;
			const slice = loadDictionarySlice(found.dictionary, Int32Array.from(found.features));
			const change = input(`change:${site}`, ["N", "T", found.features.length]);
			return add(x, buildSomeFeatures(x, found.dictionary, slice).contribute(change));
		},
	});
	return await GraphSession.load({ measured: buildMeasure(sites.final, graph, "metric") }, session);
}

/** How far each node's activation is from its patch's, or from 0. */
async function findChanges(
	run: ValidationRun,
	{ ids, patch }: MeasuredText,
	nodes: readonly PlacedNode[],
): Promise<readonly number[]> {
	const { model, dictionaries } = run.inputs;
	const encoder = await CorpusEncoder.load(model, dictionaries, run.session);
	const changes = new Float64Array(nodes.length);
	const places = new Map<string, number>();
	for (const [i, { dictionary, feature, position }] of nodes.entries())
		places.set(`${dictionaries.indexOf(dictionary)} ${feature} ${position}`, i);
	const read = async (tokens: readonly number[], sign: 1 | -1) =>
		await encoder.run([tokens], {
			add: (dictionary, feature, _, position, value) => {
				const i = places.get(`${dictionary} ${feature} ${position}`);
				if (i !== undefined) changes[i] = (changes[i] as number) + sign * value;
			},
		});
	try {
		await read(ids, -1);
		if (patch) await read(patch, 1);
	} finally {
		await encoder.dispose();
	}
	return [...changes];
}

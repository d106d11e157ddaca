import type { EdgeExplanation, EdgeRequest } from "#shared/edge-explanation";
import { findWay } from "#shared/edge-way";
import { AppError } from "#shared/errors";
import type { NodeRef } from "#shared/node-id";
import { compareSites, type SiteName, siteName } from "#shared/site";
import { pauseBetweenRuns } from "../onnx/pause.ts";
import { chooseProvider } from "../onnx/providers.ts";
import { describeReading } from "../sae/reading-notes.ts";
import { type EdgeContext, type EdgeTarget, loadSource, loadTarget, readEnd } from "./edge-ends.ts";
import { type EdgeWays, takeEdgeApart } from "./edge-heads.ts";
import { measureEdge } from "./edge-measurement.ts";
import type { EncoderCache } from "./encoder-cache.ts";
import { runModel } from "./model-run.ts";
import { Paths } from "./paths.ts";
import { readTokenVectors } from "./token-vectors.ts";
import { loadTraceInputs, type TraceInputs } from "./trace-inputs.ts";
import type { Given } from "./upstream.ts";

const embedding = siteName({ kind: "embed", layer: -1 });

/**
 * What carries one edge of a gradient circuit, and, where it is asked for, what taking its source out really does. Throws
 * `no-effect` where the prompt has no such nodes or nothing leads from one to the other.
 */
export async function explainEdge(
	request: EdgeRequest,
	{ encoders, signal }: { readonly encoders: EncoderCache; readonly signal: AbortSignal },
): Promise<EdgeExplanation> {
	const inputs = loadTraceInputs(request);
	const { provider } = await chooseProvider(request.provider);
	const pause = () => pauseBetweenRuns(signal, "The measurement was stopped.");
	await pause();
	const context = await runPrompt(request, inputs, { encoders, session: { provider } });
	await pause();
	const source = await loadSource(request.source, context);
	const target = await loadTarget(request.target, context);
	const ways: EdgeWays = { context, source, target, given: listGiven(context, target) };
	if (!ways.given.has(source.site)) throw refuse(request);
	await pause();
	const weight = await weigh(ways);
	if (weight === undefined) throw refuse(request);
	await pause();
	const parts = await takeEdgeApart(ways);
	await pause();
	return {
		...{ weight, slope: target.slope, way: nameWay(request, ways), ...parts },
		...(request.measure && { measured: await measureEdge(ways, weight) }),
		notes: describeReading(inputs.dictionaries),
	};
}

/** Activations at every site where ways stop, heads up to the target, and gradients. */
async function runPrompt(
	request: EdgeRequest,
	inputs: TraceInputs,
	{ encoders, session }: Pick<EdgeContext, "encoders" | "session">,
): Promise<EdgeContext> {
	const { model, metric, patch, dictionaries } = inputs;
	const target = readEnd(request.target);
	const last = "site" in target ? target.site.layer : model.config.layers - 1;
	const heads = Array.from({ length: last + 1 }, (_, layer) => siteName({ kind: "z", layer }));
	const sites = [...new Set([embedding, ...dictionaries.map((dictionary) => dictionary.siteName), ...heads])];
	const run = { model, metric, sites, session };
	const clean = await runModel({ ...run, ids: metric.runIds, withGradients: true });
	const patchRun = patch && (await runModel({ ...run, ids: patch.ids, withGradients: false }));
	return { request, inputs, clean, patchRun, encoders, session };
}

function listGiven({ inputs, clean }: EdgeContext, target: EdgeTarget): ReadonlyMap<SiteName, Given> {
	const { model, metric, patch, dictionaries } = inputs;
	const given = new Map<SiteName, Given>();
	for (const { siteName: name, site, dIn } of dictionaries)
		if (!target.dictionary || compareSites(site, target.dictionary.site) < 0)
			given.set(name, { from: name, width: dIn, x: clean.activations.get(name) as Float32Array });
	if (!given.has(embedding)) {
		const { rows } = readTokenVectors(model, metric.runIds, patch?.ids);
		given.set(embedding, { from: "tokens", width: clean.width, x: rows });
	}
	return given;
}

function nameWay(request: EdgeRequest, { context, given }: EdgeWays) {
	const [source, target] = [readEnd(request.source), readEnd(request.target)];
	const siteOf = (ref: NodeRef) => ("site" in ref ? ref.site : undefined);
	const { layers } = context.inputs.model.config;
	return findWay(siteOf(source) ?? { kind: "embed", layer: -1 }, siteOf(target), given.keys(), layers);
}

/** The edge as a trace computes it; undefined where no way leads from the source's site to the target. */
async function weigh({ context, source, target, given }: EdgeWays): Promise<number | undefined> {
	const { model, metric } = context.inputs;
	const { positions, cotangents } = target.seed;
	const into = target.dictionary?.site;
	const paths = await Paths.load({ model, metric, given, ...(into && { into }), session: context.session });
	if (!paths) return undefined;
	try {
		const width = source.vectors.length / source.positions.length;
		const each = cotangents.length / positions.length;
		const atOnce = paths.positionsAtOnce((positions.at(-1) as number) + 1);
		let [sum, reached] = [0, false];
		for (let first = 0; first < positions.length; first += atOnce) {
			const part = positions.slice(first, first + atOnce);
			const seeds = cotangents.subarray(first * each, (first + part.length) * each);
			for (const arrival of await paths.run([{ positions: part, cotangents: seeds }])) {
				if (arrival.from !== given.get(source.site)?.from) continue;
				const { at, cotangents: arrived } = arrival;
				for (const [i, position] of source.positions.entries()) {
					const row = at === "all" ? position : part.indexOf(position);
					if (row < 0 || (row + 1) * width > arrived.length) continue;
					reached = true;
					for (let k = 0; k < width; k++)
						sum -= (source.vectors[i * width + k] as number) * (arrived[row * width + k] as number);
				}
			}
		}
		return reached ? sum : undefined;
	} finally {
		await paths.dispose();
	}
}

const refuse = ({ source, target }: EdgeRequest) =>
	new AppError("no-effect", `Nothing leads from ${source} to ${target} without passing another dictionary's site.`, {
		source,
		target,
	});

import { z } from "zod";

const text = z.string().max(1_000_000);
const texts = z.array(text);
const number = z.number();
const optional = <T extends z.ZodType>(value: T) => z.exactOptional(value);

const effects = z.array(z.looseObject({ token: text, effect: number }));
const figure = z.looseObject({ value: number, interval: z.tuple([number, number]) });
const figureOrNot = figure.nullable();
const subset = figure.extend({ removed: number });
const steadiness = z.looseObject({ jaccard: figure, rank: figureOrNot });
const steadyParts = z.looseObject({ nodes: steadiness, edges: steadiness });
const detection = z.looseObject({
	known: number,
	missing: number,
	auroc: number.nullable(),
	averagePrecision: number.nullable(),
});

/** Further scores of a validation, each where it was asked for. */
const scoreShapes = {
	metric: optional(text),
	effect: optional(figure),
	edgeCurve: optional(
		z.looseObject({
			...{ edges: number, cpr: figureOrNot, cmd: figureOrNot },
			points: z.array(z.looseObject({ share: number, edges: number, faithfulness: figureOrNot })),
		}),
	),
	subsets: optional(
		z.looseObject({
			features: number,
			draws: number,
			tried: number,
			mean: optional(figure),
			lowest: subset,
			highest: subset,
		}),
	),
	patching: optional(
		z.looseObject({ nodes: z.array(z.unknown()), spearman: figureOrNot, kendall: figureOrNot, pearson: figureOrNot }),
	),
	known: optional(z.looseObject({ name: text, nodes: detection, edges: detection })),
	stability: optional(z.looseObject({ prompts: number, draws: number, similar: steadyParts, resampled: steadyParts })),
};
const counted = { count: number, mean: number, spread: number };

/** Reports that pages show, by kind: their request and what came of it. */
const reportShapes: Readonly<Record<string, { readonly request: z.ZodType; readonly body: z.ZodType }>> = {
	validation: {
		request: z.looseObject({ pins: texts, corpus: optional(text), baseline: text, errors: text }),
		body: z.looseObject({
			...{
				sequences: number,
				tokens: number,
				predictions: number,
				notes: texts,
				baseLoss: number,
				ablatedLoss: number,
			},
			...{ kl: number, increases: effects, decreases: effects, emptyLoss: number, circuitLoss: number },
			...{ complementLoss: number, faithfulness: figure.nullable(), completeness: figure.nullable() },
			leaveOneOut: optional(z.array(z.looseObject({ pin: text, faithfulness: number.nullable() }))),
			curve: optional(z.array(figure.extend({ size: number }))),
			controls: optional(z.array(number.nullable())),
			edges: optional(figure.partial().extend({ loss: number, kept: number, cut: number })),
			...scoreShapes,
		}),
	},
	consensus: {
		request: z.looseObject({}),
		body: z.looseObject({
			prompts: texts,
			nodes: z.array(z.looseObject({ id: text, ...counted })),
			edges: z.array(z.looseObject({ source: text, target: text, ...counted })),
		}),
	},
};

/** A report that is no report of its kind would break whoever shows it; kinds that nobody shows are only kept. */
export function isShowableReport({ kind, request, body }: { kind: string; request: unknown; body: unknown }): boolean {
	const shape = Object.hasOwn(reportShapes, kind) ? reportShapes[kind] : undefined;
	return !shape || (shape.request.safeParse(request).success && shape.body.safeParse(body).success);
}

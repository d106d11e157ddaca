import type { Drawing } from "./drawing.ts";
import { countPrinted, type PosterOptions, type PosterPlan, planPoster } from "./poster-plan.ts";
import { formatPercent } from "./svg-text.ts";

/** So much smaller nobody sees, and so much larger is worth turning the paper. */
const [slightly, notably] = [0.92, 1.1];
const steps = 8;

/** Sentences on sheets that could be saved, or used better; each holds the numbers that do it. */
export function adviseOnSheets(drawing: Drawing, options: PosterOptions, plan: PosterPlan): readonly string[] {
	if (plan.sheets.length === 0) return [];
	const { used, advice } = adviseUnmoved(drawing, options);
	const more = countPrinted(plan) - used;
	return [
		...(more > 0
			? [`Where the grid lies now it needs ${count(used + more)}, ${more} more than where it first lay.`]
			: []),
		...advice,
	];
}

interface Unmoved {
	readonly used: number;
	readonly advice: readonly string[];
}

const known = new WeakMap<Drawing, { readonly key: string; readonly unmoved: Unmoved }>();

/** Kept for a drawing, because dragging the grid asks again and again. */
function adviseUnmoved(drawing: Drawing, { shift: _, ...options }: PosterOptions): Unmoved {
	const key = JSON.stringify(options);
	const before = known.get(drawing);
	if (before?.key === key) return before.unmoved;
	const plan = planPoster(drawing, options);
	const advice = adviseFewer(drawing, options, plan) ?? adviseTurning(drawing, options, plan);
	const all = [adviseWords(drawing, options, plan), advice].filter((one) => one !== undefined);
	const unmoved = { used: countPrinted(plan), advice: all };
	known.set(drawing, { key, unmoved });
	return unmoved;
}

const count = (sheets: number) => `${sheets} ${sheets === 1 ? "sheet" : "sheets"}`;
const percent = (scale: number) => formatPercent(Math.floor(100 * scale) / 100);

/** Sheets on which nothing of the circuit is. */
function adviseWords(drawing: Drawing, options: PosterOptions, plan: PosterPlan): string | undefined {
	const circuit = { ...drawing, items: drawing.items.filter(({ kind }) => kind !== "frame") };
	const without = countPrinted(planPoster(circuit, { ...options, fill: { scale: plan.scale } }));
	const words = countPrinted(plan) - without;
	if (words <= 0 || without === 0) return undefined;
	return `${count(words)} of ${countPrinted(plan)} ${words === 1 ? "holds" : "hold"} nothing but words around the circuit: without “Where it comes from” (--no-provenance), the story (--no-story) or the legend (--no-legend) there would be fewer.`;
}

/** Sheets that a slightly smaller drawing saves. */
function adviseFewer(drawing: Drawing, options: PosterOptions, plan: PosterPlan): string | undefined {
	const used = countPrinted(plan);
	let best = used;
	for (let step = 1; step <= steps; step++) {
		const scale = plan.scale * (1 - ((1 - slightly) * step) / steps);
		const sheets = countPrinted(planPoster(drawing, { ...options, fill: { scale } }));
		if (sheets > 0) best = Math.min(best, sheets);
	}
	if (best === used) return undefined;
	const { scale } = planPoster(drawing, { ...options, fill: { sheets: best } });
	return `${count(best)} would do instead of ${used}, at a scale of about ${percent(scale)} instead of ${percent(plan.scale)}.`;
}

/** What the paper's other orientation would give. */
function adviseTurning(drawing: Drawing, options: PosterOptions, plan: PosterPlan): string | undefined {
	const { fill } = options;
	if ("columns" in fill && fill.columns * fill.rows > 1) return undefined;
	const paper = { width: options.paper.height, height: options.paper.width };
	if (Math.min(paper.width, paper.height) - 2 * options.margin <= options.overlap) return undefined;
	const turned = planPoster(drawing, { ...options, paper });
	const name = paper.width > paper.height ? "Landscape" : "Portrait";
	const [used, sheets] = [countPrinted(plan), countPrinted(turned)];
	if (sheets === 0) return undefined;
	if ("scale" in fill) return sheets < used ? `${name} sheets would do with ${sheets} instead of ${used}.` : undefined;
	if (turned.scale < notably * plan.scale) return undefined;
	return `${name} sheets would show it at ${percent(turned.scale)} instead of ${percent(plan.scale)}.`;
}

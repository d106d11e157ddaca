import type { Circuit } from "../circuit.ts";
import { raisesTarget } from "../edge-sign.ts";
import type { FeatureFacts } from "../feature-facts.ts";
import { withoutPosition } from "../node-id.ts";
import type { ShownLabel } from "../published.ts";
import { layOutCircuit, type Placed } from "./circuit-layout.ts";
import { type CardContent, measureCard } from "./feature-card.ts";
import { buildPlacedSvg, type DrawnNode, type DrawnSvg } from "./placed-svg.ts";
import { findStrongest } from "./strongest.ts";
import { formatNumber } from "./svg-text.ts";
import { type ColourPair, findTheme, type ThemeName } from "./theme.ts";

export interface CircuitDrawing {
	readonly circuit: Circuit;
	/** By node id without position, `mlp_3.17`. */
	readonly facts: ReadonlyMap<string, FeatureFacts>;
	/** By id without position too. */
	readonly labels?: ReadonlyMap<string, ShownLabel>;
	readonly modelName: string;
	readonly metricName: string;
	readonly metric: number;
	readonly explained: number | null;
	/** Texts of the prompt's tokens, target included. */
	readonly tokens: readonly string[];
	/** Text of a vocabulary number, for logit nodes. */
	tokenText(id: number): string;
	readonly theme?: ThemeName;
	readonly colours?: ColourPair;
	/** Only so many of the strongest edges are drawn; the caption says how many there are. */
	readonly maxEdges?: number;
}

/**
 * A circuit as one SVG document: prompt and caption above, rows of cards, signed edges, legend below.
 */
export function buildCircuitSvg(drawing: CircuitDrawing): DrawnSvg {
	const { circuit, metricName } = drawing;
	const shown = findStrongest(circuit, drawing.maxEdges ?? 160);
	const contentOf = (node: Pick<DrawnNode, "id" | "kind" | "feature" | "position">): CardContent => {
		const facts = drawing.facts.get(withoutPosition(node.id));
		const token = node.kind === "logit" ? drawing.tokenText(node.feature ?? 0) : (drawing.tokens[node.position] ?? "");
		const label = drawing.labels?.get(withoutPosition(node.id));
		return {
			token,
			...(facts && { facts }),
			...(label && { label: label.text, labelIsPublished: label.by !== "person" }),
		};
	};
	const layout = layOutCircuit(shown, (node) => measureCard(node, contentOf(node)), 8);
	const strongest = Math.max(...shown.edges.map(({ weight }) => Math.abs(weight)), Number.MIN_VALUE);
	return buildPlacedSvg({
		nodes: shown.nodes.map((node) => ({ ...(layout.nodes.get(node.id) as Placed), node })),
		edges: shown.edges
			.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
			.map((edge) => ({
				...edge,
				raises: raisesTarget(metricName, edge.weight),
				share: Math.abs(edge.weight) / strongest,
				manual: false,
			})),
		lanes: layout.lanes,
		notes: [],
		contentOf,
		theme: findTheme(drawing.theme ?? "light", drawing.colours),
		tokens: drawing.tokens,
		metricName,
		caption: describeDrawing(drawing, shown),
	});
}

function describeDrawing(
	{ circuit, modelName, metricName, metric, explained }: CircuitDrawing,
	shown: Circuit,
): string {
	const counts =
		circuit.edges.length > shown.edges.length
			? `the ${shown.edges.length} strongest of ${circuit.edges.length} edges, ${shown.nodes.length} of ${circuit.nodes.length} nodes`
			: `${circuit.nodes.length} nodes, ${circuit.edges.length} edges`;
	return `${modelName} · ${metricName} ${formatNumber(metric)}${explained === null ? "" : ` · features explain ${(100 * explained).toFixed(0)}%`} · ${counts}`;
}

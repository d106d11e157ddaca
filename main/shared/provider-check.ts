import type { GradientRequest, ProviderChoice } from "./trace-request.ts";

export interface ProviderCheckRequest {
	readonly provider: ProviderChoice;
	/** Whole traces that both run; which provider they name does not matter. */
	readonly traces: readonly { readonly name: string; readonly request: GradientRequest }[];
	/** Graphs are made smaller by it, for a card that is simulated. */
	readonly divide: number;
}

/** Whether a provider computes what the processor computes, and how fast: a fixed set of graphs, then whole traces. */
export interface ProviderCheck {
	/** What ran. */
	readonly provider: string;
	readonly graphs: readonly GraphCheck[];
	readonly traces: readonly TraceCheck[];
	/** 10⁹ operations a second in the largest product: what this machine's shares are of. */
	readonly peak: { readonly provider: number; readonly cpu: number };
}

export interface GraphCheck {
	readonly name: string;
	/** Multiplications and additions of the products in it. */
	readonly operations: number;
	/** Largest difference of an output, as a share of the output's largest number. */
	readonly difference: number;
	/** Median of the runs behind the first, which compiles. */
	readonly seconds: { readonly provider: number; readonly cpu: number };
	/** Loading and first run. */
	readonly firstSeconds: number;
}

export interface TraceCheck {
	readonly name: string;
	readonly nodes: number;
	readonly edges: number;
	/** Of attributions and of edges, as a share of the largest; over what both circuits hold. */
	readonly difference: { readonly attributions: number; readonly edges: number };
	/** Nodes and edges that only one of the two circuits holds: ties that rounding decides. */
	readonly apart: number;
	readonly seconds: { readonly provider: number; readonly cpu: number };
	/** The same again, with encoders that stay loaded. */
	readonly againSeconds: number;
	readonly peakRssBytes: number;
}

/** Numbers of a provider are taken to agree up to here. */
export const agreement = 1e-3;

/** Whether all numbers agree. */
export function agrees({ graphs, traces }: ProviderCheck): boolean {
	return (
		graphs.every(({ difference }) => difference <= agreement) &&
		traces.every(({ difference }) => Math.max(difference.attributions, difference.edges) <= agreement)
	);
}

/** A table to paste into an issue. */
export function describeProviderCheck(check: ProviderCheck, machine: string): string {
	const { provider, graphs, traces, peak } = check;
	const graphRows = graphs.map(({ name, operations, difference, seconds, firstSeconds }) => {
		const rate = operations / seconds.provider / 1e9;
		const share = operations === 0 ? "–" : `${Math.round((100 * rate) / peak.provider)}%`;
		return [
			name,
			difference.toExponential(1),
			milliseconds(seconds.provider),
			milliseconds(seconds.cpu),
			milliseconds(firstSeconds),
			share,
		];
	});
	const traceRows = traces.map(({ name, nodes, edges, difference, apart, seconds, againSeconds, peakRssBytes }) => [
		`${name}: ${nodes} nodes, ${edges} edges${apart > 0 ? `, ${apart} in one of the two circuits only` : ""}`,
		difference.attributions.toExponential(1),
		difference.edges.toExponential(1),
		`${seconds.provider.toFixed(2)} s`,
		`${againSeconds.toFixed(2)} s`,
		`${seconds.cpu.toFixed(2)} s`,
		`${Math.round(peakRssBytes / 1e6)} MB`,
	]);
	return [
		`${provider} on ${machine}: ${agrees(check) ? "agrees with the processor" : "does NOT agree with the processor"}${provider === "cpu" ? " (which was held against itself)" : ""}`,
		`Fastest product: ${round(peak.provider)} billion operations a second; on the processor ${round(peak.cpu)}.`,
		`Differences are shares of the largest number; up to ${agreement} counts as agreement. Times are medians.`,
		"",
		...table(
			["graph", "difference", provider, "processor", "loading and first run", "of the fastest product's rate"],
			graphRows,
		),
		"",
		...table(
			["trace", "attributions differ", "edges differ", provider, "again", "processor", "the engine's memory"],
			traceRows,
		),
	].join("\n");
}

const round = (rate: number) => (rate < 10 ? rate.toPrecision(2) : String(Math.round(rate)));

const milliseconds = (seconds: number) => `${(1000 * seconds).toFixed(1)} ms`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
	const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
	return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

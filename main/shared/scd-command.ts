import { constructedName } from "./known-agreement.ts";
import { type NodeChoice, type RunRequest, type TraceRequest, tracedBy } from "./trace-request.ts";
import type { ValidationRequest } from "./validation.ts";

/** Words of a command line: an option with its value, or without one where it is given alone. */
type Words = readonly (readonly [option: string, value?: string | number | undefined])[];

/** How a path is named on a command line: undefined where it need not be, because the program takes it by itself. */
export type NamePath = (path: string) => string | undefined;

/** The command that traces the same again, for a POSIX shell; undefined where nothing was traced. */
export function writeTraceCommand(asked: RunRequest, circuit: string, namePath: NamePath): string | undefined {
	const request = tracedBy(asked);
	if (!request) return undefined;
	const model: Words = [...nameModel(request, namePath), ["--layers", request.layers], ["--bos", request.bos]];
	const last: Words = [
		["--up-nodes", request.upNodes],
		["--circuit", circuit],
	];
	switch (request.method) {
		case "gradient":
			return write("trace", [...model, ["--prompt", request.prompt], ...gradientWords(request), ...last]);
		case "consensus": {
			const count = request.morePrompts.length + 1;
			const lines = [
				"prompts.txt holds, a line each:",
				...[request.prompt, ...request.morePrompts].map((one) => JSON.stringify(one)),
			];
			const words: Words = [
				["--prompts", "prompts.txt"],
				["--at-least", request.atLeast / count],
			];
			return [
				...lines.map((line) => `# ${line}`),
				write("consensus", [...model, ...words, ...gradientWords(request), ...last]),
			].join("\n");
		}
		case "ablation":
			return write("ablate", [
				...model,
				["--prompt", request.prompt],
				...request.pins.map((pin) => ["--pin", pin] as const),
				["--thinning", request.thinning],
				["--threshold-exp", request.thresholdExp],
				["--seed", request.thinning === undefined ? undefined : request.seed],
				...flag("--all-positions", request.allPositions),
				...last,
			]);
		case "jacobian":
			return write("jacobian", [
				...model,
				["--prompt", request.prompt],
				...request.pins.map((pin) => ["--pin", pin] as const),
				...flag("--last-position-only", request.lastPositionOnly),
				...last,
			]);
	}
}

type Gradients = Extract<TraceRequest, { method: "gradient" | "consensus" }>;

function gradientWords(request: Gradients): Words {
	const from = request.method === "gradient" ? request.from : undefined;
	return [
		["--metric", request.metric],
		["--patch-prompt", request.patchPrompt],
		choiceWords(request.choice),
		["--errors", request.errors ?? "all"],
		["--integrated-gradients", request.integratedGradients],
		...flag("--last-position-only", request.lastPositionOnly),
		...flag("--all-nodes", request.allNodes),
		...flag("--keep-unconnected", request.keepUnconnected),
		...(from ? [[`--${from.direction}-of`, from.node] as const] : []),
	];
}

function choiceWords(choice: NodeChoice): Words[number] {
	switch (choice.by) {
		case "count":
			return ["--down-nodes", choice.count];
		case "threshold":
			return ["--threshold", choice.threshold];
		case "share":
			return ["--share", choice.share];
		case "percentile":
			return ["--percentile", choice.percentile];
	}
}

/** The command that validates the same again; `pins` are those that it would take from the circuit by itself. */
export function writeValidateCommand(
	request: ValidationRequest,
	circuit: string,
	pins: readonly string[],
	namePath: NamePath,
): string {
	const isUsual = pins.length === request.pins.length && new Set([...pins, ...request.pins]).size === pins.length;
	const { corpus, prompts, subsets, patching } = request;
	return write("validate", [
		["--circuit", circuit],
		...(isUsual ? [] : request.pins.map((pin) => ["--pin", pin] as const)),
		["--layers", request.layers],
		["--corpus", corpus === undefined ? undefined : (namePath(corpus) ?? corpus)],
		["--column", request.column],
		["--prompts", prompts?.file === undefined ? undefined : (namePath(prompts.file) ?? prompts.file)],
		["--metric", prompts?.metric],
		["--baseline", request.baseline],
		["--errors", request.errors],
		["--sequences", request.sequences],
		["--max-length", request.maxLength],
		...flag("--leave-one-out", request.leaveOneOut),
		...(request.curve > 0 ? [["--curve", request.curve] as const] : []),
		...(request.controls > 0 ? [["--controls", request.controls] as const] : []),
		...flag("--edges", request.edges !== undefined),
		...flag("--edge-curve", request.edgeCurve !== undefined),
		["--subsets", subsets],
		["--patching", patching?.nodes.length],
		["--known", request.known?.name === constructedName ? undefined : request.known?.name],
		...flag("--stability", request.stability !== undefined),
		["--seed", request.seed],
	]);
}

function nameModel({ modelDir, dictionaryDirs, conventions }: TraceRequest, namePath: NamePath): Words {
	const saes = dictionaryDirs.map((dir) => namePath(dir)).filter((name) => name !== undefined);
	return [
		["--model", namePath(modelDir)],
		...[...new Set(saes)].map((name) => ["--saes", name] as const),
		["--center", conventions?.center],
		["--value-biases", conventions?.valueBiases],
		["--norm-factor", conventions?.normFactor],
	];
}

const flag = (option: string, isGiven: boolean): Words => (isGiven ? [[option]] : []);

function write(command: string, words: Words): string {
	const parts = words.flatMap(([option, ...value]) =>
		value.length === 0 ? [option] : value[0] === undefined ? [] : [`${option} ${quote(String(value[0]))}`],
	);
	return ["npx scd", command, ...parts].join(" ");
}

/** As a POSIX shell takes it: between single quotes nothing means anything else. */
function quote(word: string): string {
	return /^[\w~./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

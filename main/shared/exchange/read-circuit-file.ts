import { AppError } from "../errors.ts";
import { formatNodeId, parseNodeId } from "../node-id.ts";
import { runRequest } from "../trace-request.ts";
import {
	type CircuitFile,
	circuitFile,
	circuitFileFormat,
	circuitFileVersion,
	largestCircuit,
} from "./circuit-file.ts";
import { describeDamage } from "./describe-damage.ts";
import { upgradeRequest } from "./upgrade-request.ts";

type Raw = Readonly<Record<string, unknown>>;

/** What turns a file of version `i + 1` into one of version `i + 2`; one that was released is never edited. */
const migrations: readonly ((file: Raw) => Raw)[] = [
	(file) => ({ ...file, version: 2, runs: mapList(file["runs"], upgradeRun) }),
	(file) => ({ ...file, version: 3, document: addTo(file["document"], { story: [] }) }),
];

const addTo = (one: unknown, more: Raw) => (typeof one === "object" && one !== null ? { ...one, ...more } : one);

const mapList = (list: unknown, change: (one: Raw) => Raw) =>
	Array.isArray(list) ? list.map((one: unknown) => (typeof one === "object" ? change(one as Raw) : one)) : list;

function upgradeRun(run: Raw): Raw {
	return { ...run, request: upgradeRequest(run["request"]) };
}

/** Whether a value says of itself that it is a circuit file of ours, of whatever version. */
export function isCircuitFile(value: unknown): value is Raw {
	return typeof value === "object" && value !== null && (value as Raw)["format"] === circuitFileFormat;
}

/**
 * Reads a circuit file of this version or an older one, which messages call `what`. Nothing that comes back is more than
 * text and numbers of the form that `circuitFile` describes. Throws `bad-file`, or `unsupported` where a newer program
 * wrote it.
 */
export function readCircuitFile(value: unknown, what = "This circuit file"): CircuitFile {
	try {
		return read(value, what);
	} catch (error) {
		if (!(error instanceof Unsound)) throw error;
		throw new AppError("bad-file", `${what} cannot be used, because it ${error.message}. Ask for it again.`);
	}
}

/** Its message says what is wrong: that it is damaged. */
class Unsound extends Error {}

const refuse = (why: string) => new Unsound(why);

function read(value: unknown, what: string): CircuitFile {
	if (!isCircuitFile(value)) throw refuse("says nowhere that it is one");
	const version = value["version"];
	if (typeof version !== "number" || !Number.isInteger(version) || version < 1) throw refuse("names no version");
	if (version > circuitFileVersion)
		throw new AppError(
			"unsupported",
			`${what} was written by a newer version of the program (format ${version}, this one knows ${circuitFileVersion}). Update the program to open it.`,
			{ version },
		);
	const migrated = migrations.slice(version - 1).reduce((file, migrate) => migrate(file), value);
	for (const [name, most] of Object.entries(largestCircuit)) {
		const list = migrated[name];
		if (Array.isArray(list) && list.length > most)
			throw new AppError(
				"bad-file",
				`${what} has ${list.length.toLocaleString("en")} ${name}, and at most ${most.toLocaleString("en")} can be kept. Export a smaller part of it.`,
				{ [name]: list.length },
			);
	}
	const parsed = circuitFile.safeParse(migrated);
	if (!parsed.success) throw refuse(`is damaged: ${describeDamage(parsed.error, migrated)}`);
	checkIds(parsed.data);
	checkRuns(parsed.data);
	return parsed.data;
}

/** An id says what its node is; where the two differ, one of them is wrong. */
function checkIds({ nodes, edges, features }: CircuitFile): void {
	const seen = new Set<string>();
	for (const node of nodes) {
		const ref = parseId(node.id);
		const site = ref && "site" in ref ? ref.site : { kind: null, layer: null };
		const feature = ref?.kind === "feature" ? ref.feature : ref && "token" in ref ? ref.token : null;
		if (
			!ref ||
			ref.kind !== node.kind ||
			site.kind !== node.site ||
			site.layer !== node.layer ||
			feature !== node.feature
		)
			throw refuse(`holds a node whose id does not fit it: ${JSON.stringify(node.id.slice(0, 80))}`);
		if (ref.position !== undefined && ref.position !== node.position)
			throw refuse(`holds a node at another position than its id says: ${JSON.stringify(node.id.slice(0, 80))}`);
		if (seen.has(node.id)) throw refuse(`holds ${JSON.stringify(node.id.slice(0, 80))} twice`);
		seen.add(node.id);
	}
	const joined = new Set<string>();
	for (const { source, target } of edges) {
		const key = `${source} ${target}`;
		if (!parseId(source) || !parseId(target) || joined.has(key))
			throw refuse(`holds an edge twice or between no nodes: ${JSON.stringify(key.slice(0, 160))}`);
		const missing = [source, target].find((id) => !seen.has(id));
		if (missing !== undefined)
			throw refuse(`holds an edge of a node that it does not hold: ${JSON.stringify(missing.slice(0, 80))}`);
		joined.add(key);
	}
	for (const { id } of features)
		if (parseId(id)?.kind !== "feature")
			throw refuse(`tells of a feature with no such id: ${JSON.stringify(id.slice(0, 80))}`);
}

/** Only ids as we write them: the seed's longer form of an error would be a second name for one node. */
function parseId(id: string) {
	try {
		const ref = parseNodeId(id);
		return formatNodeId(ref) === id ? ref : undefined;
	} catch {
		return undefined;
	}
}

function checkRuns({ runs, provenance, history }: CircuitFile): void {
	const strange = runs.find(({ request }) => !runRequest.safeParse(request).success);
	if (strange) throw refuse(`is damaged: the request of its run ${strange.id} is no request of a trace`);
	const known = new Set(runs.map(({ id }) => id));
	if (known.size !== runs.length) throw refuse("numbers two runs alike");
	const named = [
		...provenance.nodes.map(([, run]) => run),
		...provenance.edges.map(([, , run]) => run),
		...(history ?? []).flatMap(({ run }) => run ?? []),
	];
	if (named.some((run) => !known.has(run))) throw refuse("names a run that it does not hold");
	if ((history ?? []).some(({ step }, i) => step !== i + 1)) throw refuse("lacks steps of its history");
}

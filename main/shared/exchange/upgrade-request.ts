type Raw = Readonly<Record<string, unknown>>;

const selection = ["modelDir", "dictionaryDirs", "conventions", "layers", "bos", "prompt", "provider", "upNodes"];
const gradient = [
	"patchPrompt",
	"metric",
	"choice",
	"lastPositionOnly",
	"errors",
	"integratedGradients",
	"allNodes",
	"keepUnconnected",
];

/**
 * A request of databases up to schema 8 and of circuit files of version 1 in the form of today. There every method had
 * the fields of all: what the others left aside is dropped. What is no such request comes back as it is.
 */
export function upgradeRequest(old: unknown): unknown {
	if (!isRecord(old)) return old;
	const { imported, method = "gradient" } = old;
	if (imported !== undefined) return { method: "imported", file: imported };
	const common = pick(old, selection);
	const ablation = isRecord(old["ablation"]) ? old["ablation"] : {};
	const { pins = [] } = ablation;
	if (isRecord(old["consensus"]))
		return { method: "consensus", ...common, ...pick(old, gradient), ...old["consensus"] };
	switch (method) {
		case "gradient":
			return { method, ...common, ...pick(old, [...gradient, "from"]) };
		case "ablation":
			return { method, ...common, ...usualAblation, ...ablation };
		case "jacobian":
			return { method, ...common, pins, lastPositionOnly: old["lastPositionOnly"] };
		default:
			return old;
	}
}

/** What a request for ablation that said nothing further was taken to mean. */
const usualAblation = { pins: [], seed: 0, allPositions: false, logitTokens: 10, morePrompts: [] };

function isRecord(value: unknown): value is Raw {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function pick(from: Raw, keys: readonly string[]): Raw {
	return Object.fromEntries(keys.filter((key) => Object.hasOwn(from, key)).map((key) => [key, from[key]]));
}

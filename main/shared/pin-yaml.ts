import { parse, stringify } from "yaml";
import { AppError } from "./errors.ts";
import { formatNodeId, parseNodeId } from "./node-id.ts";

const key = "VALIDATION_DIMS_PINNED";

/**
 * Pins in the form of the seed's central_config.yaml: features by layer, a number for the residual stream, which is all
 * that the seed pins; a feature of another site keeps its id.
 */
export function writePinYaml(ids: readonly string[]): string {
	const layers = new Map<number, (number | string)[]>();
	for (const id of ids) {
		const ref = parseNodeId(id);
		if (ref.kind !== "feature") continue;
		const { kind, layer } = ref.site;
		layers.set(layer, [...(layers.get(layer) ?? []), kind === "resid" ? ref.feature : id]);
	}
	return stringify({ [key]: Object.fromEntries([...layers].sort(([a], [b]) => a - b)) });
}

/** Reads that form, with or without the key. Throws `usage` with the line's value that is not understood. */
export function readPinYaml(text: string): readonly string[] {
	let value: unknown;
	try {
		value = parse(text);
	} catch (cause) {
		const [reason] = (cause as Error).message.split("\n");
		throw new AppError("usage", `This is not YAML: ${reason}. Paste lines such as "8: [13202, 331]".`);
	}
	const table = isRecord(value) && key in value ? value[key] : value;
	if (!isRecord(table))
		throw new AppError(
			"usage",
			`There are no pins in this. Paste ${key} with layers and features, such as "8: [13202, 331]".`,
		);
	return readPinTable(table, key);
}

/** Ids from a table of features by layer, `{8: [13202, 331]}`. Throws `usage`. */
export function readPinTable(table: unknown, name: string): readonly string[] {
	if (!isRecord(table))
		throw new AppError("usage", `${name} is no table of layers and features. Write lines such as "8: [13202, 331]".`);
	const ids = Object.entries(table).flatMap(([layerText, features]) => {
		const layer = Number(layerText);
		if (!Number.isInteger(layer))
			throw new AppError("usage", `"${layerText}" is no layer. Write a layer's number before the colon.`, {
				layer: layerText,
			});
		return (Array.isArray(features) ? features : [features]).map((feature) => readFeature(layer, feature));
	});
	if (ids.length === 0) throw new AppError("usage", "There are no pins in this.");
	return [...new Set(ids)];
}

function readFeature(layer: number, feature: unknown): string {
	if (typeof feature === "number" && Number.isInteger(feature) && feature >= 0)
		return formatNodeId({ kind: "feature", site: { kind: "resid", layer }, feature });
	if (typeof feature === "string") {
		const ref = parseNodeId(feature);
		if (ref.kind === "feature") return formatNodeId({ kind: "feature", site: ref.site, feature: ref.feature });
	}
	throw new AppError(
		"usage",
		`${JSON.stringify(feature)} in layer ${layer} is no feature. Write its number, or an id such as mlp_3.17.`,
		{
			layer,
			feature,
		},
	);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { realpathSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import onnxProto from "onnx-proto";
import { assert } from "#shared/errors";
import { lower } from "./lower.ts";
import type { Provider } from "./providers.ts";
import { type Attribute, type DataType, type Node, sortNodes, type Value } from "./value.ts";

const { onnx } = onnxProto;
const { AttributeType } = onnx.AttributeProto;
const elementTypes: Record<DataType, number> = {
	float32: 1,
	int64: 7,
	bool: 9,
	float16: 10,
	float64: 11,
	bfloat16: 16,
};

export interface SerializedGraph {
	readonly bytes: Uint8Array;
	/** Folder that the weights' file names are relative to; absent without weights. */
	readonly weightsFolder?: string;
	/** Of all weights. */
	readonly weightBytes: number;
	readonly inputs: ReadonlyMap<string, Value>;
	/** Names of the nodes that read half precision. */
	readonly halfNodes: readonly string[];
}

/** Writes the graph behind `outputs` as an ONNX model for a provider. Weights become references into their files. */
export function serializeGraph(outputs: Readonly<Record<string, Value>>, provider: Provider = "cpu"): SerializedGraph {
	const nodes = sortNodes(Object.values(outputs));
	// Two inputs of one name are one input; that they agree has been checked.
	const inputs = new Map<string, Value>();
	const names = new Map<Value, string>();
	for (const [number, node] of nodes.entries())
		for (const value of node.outputs) names.set(value, `v${number}_${value.index}`);
	for (const { source, outputs: made } of nodes)
		if (source?.kind === "input") {
			inputs.set(source.name, made[0] as Value);
			names.set(made[0] as Value, source.name);
		}
	const nameOf = (value: Value) => names.get(value) as string;
	const weightsFolder = commonFolder(nodes);

	// An output has a name of its own, because one value may be asked for twice or be an input.
	const results = Object.entries(outputs).map(([name, value]) => ({
		input: [nameOf(value)],
		output: [`out:${name}`],
		opType: "Identity",
	}));
	const model = {
		irVersion: 9,
		producerName: "sparse-circuit-discovery",
		opsetImport: [
			{ domain: "", version: 20 },
			{ domain: "com.microsoft", version: 1 },
		],
		graph: {
			name: "graph",
			node: [...nodes.filter((node) => !node.source).flatMap((node) => encodeNode(node, nameOf, provider)), ...results],
			initializer: nodes
				.filter((node) => node.source && node.source.kind !== "input")
				.map((node) => encodeTensor(node, nameOf(node.outputs[0] as Value), weightsFolder)),
			input: [...inputs].map(([name, value]) => encodeType(name, value)),
			output: Object.entries(outputs).map(([name, value]) => encodeType(`out:${name}`, value)),
		},
	};
	const bytes = onnx.ModelProto.encode(model).finish();
	const weightBytes = nodes.reduce((sum, { source }) => sum + (source?.kind === "weight" ? source.bytes : 0), 0);
	const halfNodes = nodes.filter(readsHalf).map((node) => nameOf(node.outputs[0] as Value));
	return { bytes, inputs, weightBytes, halfNodes, ...(weightsFolder !== undefined && { weightsFolder }) };
}

const readsHalf = ({ inputs }: Node) => inputs.some(({ dtype }) => dtype === "float16" || dtype === "bfloat16");

function encodeNode(node: Node, nameOf: (value: Value) => string, provider: Provider) {
	const half = readsHalf(node) && { name: nameOf(node.outputs[0] as Value) };
	return lower(node, nameOf, provider).map(({ name, domain, inputs, outputs, attributes }) => ({
		...half,
		input: [...inputs],
		output: [...outputs],
		opType: name,
		domain: domain ?? "",
		attribute: Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value)),
	}));
}

function encodeAttribute(name: string, value: Attribute) {
	if (typeof value === "string") return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
	if (typeof value !== "number") return { name, type: AttributeType.INTS, ints: [...value] };
	if (name === "epsilon") return { name, type: AttributeType.FLOAT, f: value };
	return { name, type: AttributeType.INT, i: value };
}

function encodeTensor(node: Node, name: string, weightsFolder: string | undefined) {
	const { source } = node;
	const { dtype, shape } = node.outputs[0] as Value;
	const header = { name, dataType: elementTypes[dtype], dims: shape as number[] };
	assert(source && source.kind !== "input", "a tensor has numbers");
	if (source.kind === "constant") {
		const { buffer, byteOffset, byteLength } = source.data;
		return { ...header, rawData: new Uint8Array(buffer, byteOffset, byteLength) };
	}
	const location = relative(weightsFolder ?? "", realpathSync(source.path))
		.split(sep)
		.join("/");
	const externalData = [
		{ key: "location", value: location },
		{ key: "offset", value: String(source.offset) },
		{ key: "length", value: String(source.bytes) },
	];
	return { ...header, dataLocation: 1, externalData };
}

function encodeType(name: string, { dtype, shape }: Value) {
	const dim = shape.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
	return { name, type: { tensorType: { elemType: elementTypes[dtype], shape: { dim } } } };
}

/** ONNX Runtime reads weights below one folder only: the deepest that holds them all, behind links. */
function commonFolder(nodes: readonly Node[]): string | undefined {
	const paths = new Set<string>();
	for (const { source } of nodes) if (source?.kind === "weight") paths.add(source.path);
	const folders = [...paths].map((path) => dirname(realpathSync(path)).split(sep));
	const [first, ...others] = folders;
	if (!first) return undefined;
	let depth = first.length;
	for (const other of others) {
		let same = 0;
		while (same < depth && other[same] === first[same]) same++;
		depth = same;
	}
	return first.slice(0, depth).join(sep) || sep;
}

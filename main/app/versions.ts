import { createRequire } from "node:module";

/** What a result depends on beside its request. */
export function readVersions() {
	const require = createRequire(import.meta.url);
	const versionOf = (name: string) => (require(name) as { version: string }).version;
	return {
		scd: versionOf("../../package.json"),
		node: process.versions.node,
		onnxruntime: versionOf("onnxruntime-node/package.json"),
	};
}

import { writeFileSync } from "node:fs";

/** Writes a file by the format's rules alone: length, header, data. `length` may lie. */
export function writeRawSafetensors(path: string, header: unknown, data: Uint8Array, length?: bigint): string {
	const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
	const prefix = Buffer.alloc(8);
	prefix.writeBigUInt64LE(length ?? BigInt(json.length));
	writeFileSync(path, Buffer.concat([prefix, json, data]));
	return path;
}

import type { ImportSummary } from "#shared/contract/results";
import { client } from "./connection.ts";

const pieceBytes = 3 << 20;
const headBytes = 1024;

/** Hands a file to the service piece by piece: a browser does not tell where it lies. What it is, is looked at first. */
export async function sendFile(file: File): Promise<readonly ImportSummary[]> {
	const upload = await client.call("imports.begin", {
		file: file.name.slice(0, 400) || "file",
		bytes: file.size,
		head: await encode(file.slice(0, headBytes)),
	});
	try {
		for (let offset = 0; offset < file.size; offset += pieceBytes)
			await client.call("imports.add", { upload, offset, data: await encode(file.slice(offset, offset + pieceBytes)) });
		return await client.call("imports.finish", { upload });
	} catch (error) {
		client.call("imports.drop", { upload }).catch(() => {});
		throw error;
	}
}

/** Base64. */
async function encode(piece: Blob): Promise<string> {
	const bytes = new Uint8Array(await piece.arrayBuffer());
	let letters = "";
	for (let at = 0; at < bytes.length; at += 0x8000) letters += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
	return btoa(letters);
}

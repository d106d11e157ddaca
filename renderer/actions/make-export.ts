import type { CallOptions } from "#shared/contract/contract";
import type { ExportRequest } from "#shared/contract/export-request";
import type { MadeExport, MadeFiles } from "#shared/contract/export-result";
import { AppError } from "#shared/errors";
import { writeSavedView } from "#shared/saved-view";
import { client } from "../bridge/connection.ts";
import { saveBytes } from "../bridge/save-bytes.ts";
import { useDocument } from "../document/document-store.ts";
import { useView } from "../document/view-store.ts";
import { showToast } from "../ui/toast-store.ts";

const types: Readonly<Record<string, string>> = {
	svg: "image/svg+xml",
	pdf: "application/pdf",
	png: "image/png",
	webp: "image/webp",
	html: "text/html",
	md: "text/markdown",
};

const typeOf = (file: string): string => types[file.split(".").at(-1) ?? ""] ?? "application/octet-stream";

/** What is asked about the open circuit, as the window looks at it. */
export function openCircuit(): { readonly name: string; readonly view: Record<string, unknown> } {
	const { name } = useDocument.getState();
	if (name === null) throw new AppError("usage", "There is no circuit to export. Trace or open one first.");
	return { name, view: writeSavedView(useView.getState()) };
}

/** Has the open circuit drawn and calls `use` with what was made; it is forgotten afterwards. */
export async function withExport<T>(
	request: ExportRequest,
	options: CallOptions,
	use: (made: MadeExport) => Promise<T>,
): Promise<T> {
	const made = await client.call("exports.make", { ...openCircuit(), request }, options);
	try {
		return await use(made);
	} finally {
		client.call("exports.forget", { export: made.id }).catch(() => {});
	}
}

/** A file of an export, fetched part by part. */
export async function fetchFile(made: MadeFiles, file: number): Promise<Uint8Array<ArrayBuffer>> {
	const bytes = new Uint8Array(made.files[file]?.bytes ?? 0);
	for (let offset = 0; offset < bytes.length; ) {
		const part = await client.call("exports.read", { export: made.id, file, offset });
		const letters = atob(part);
		for (let i = 0; i < letters.length; i++) bytes[offset + i] = letters.charCodeAt(i);
		if (letters.length === 0) throw new AppError("bad-file", "The export broke off. Export it again.");
		offset += letters.length;
	}
	return bytes;
}

/** Draws the open circuit and saves it where the person wants it. */
export async function saveExport(request: ExportRequest, options: CallOptions = {}): Promise<MadeExport> {
	return await withExport(request, options, async (made) => {
		await saveFiles(made);
		return made;
	});
}

/** Each file where the person wants it. */
export async function saveFiles(made: MadeFiles): Promise<void> {
	for (const [i, { name }] of made.files.entries()) {
		const path = await saveBytes(name, await fetchFile(made, i), typeOf(name));
		if (path !== null) showToast({ severity: "success", message: `Saved ${path}.` });
	}
}

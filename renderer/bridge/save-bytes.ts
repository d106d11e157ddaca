/** Saves a file where the person wants it; returns its place, or null where they changed their mind. */
export async function saveBytes(name: string, bytes: Uint8Array, type: string): Promise<string | null> {
	if (window.scdHost) return await window.scdHost.saveFile(name, bytes);
	const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
	const link = document.createElement("a");
	link.href = url;
	link.download = name;
	link.click();
	// The download has begun by then.
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
	return name;
}

/** Bytes for people. */
export function size(bytes: number): string {
	if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
	return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

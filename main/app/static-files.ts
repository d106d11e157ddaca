import { readFileSync } from "node:fs";
import { extname, join, normalize, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
	".woff2": "font/woff2",
	".json": "application/json",
};

/** What a page of ours may do: nothing but run our own scripts and speak to the host that gave it out. */
const contentSecurityPolicy =
	"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const securityHeaders = {
	"content-security-policy": contentSecurityPolicy,
	"x-content-type-options": "nosniff",
	"x-frame-options": "DENY",
	"referrer-policy": "no-referrer",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
	"permissions-policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()",
} as const;

export interface Asset {
	readonly body: Buffer;
	readonly type: string;
	readonly caching: string;
}

/** A file of the built renderer; undefined for what is not there, also when the path leads out of the folder. */
export function readAsset(folder: string, pathname: string): Asset | undefined {
	let name: string;
	try {
		name = normalize(decodeURIComponent(pathname === "/" ? "/index.html" : pathname));
	} catch {
		return undefined;
	}
	const file = join(folder, name);
	const type = types[extname(file)];
	if (type === undefined || name.includes("\0") || !file.startsWith(folder + sep)) return undefined;
	try {
		// Built files carry a hash in their names, the page does not.
		const caching = name.startsWith(`${sep}assets${sep}`) ? "public, max-age=31536000, immutable" : "no-cache";
		return { body: readFileSync(file), type, caching };
	} catch {
		return undefined;
	}
}

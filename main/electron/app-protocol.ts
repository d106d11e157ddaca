import { readAsset, securityHeaders } from "../app/static-files.ts";

export const scheme = "app";
export const origin = `${scheme}://scd`;

/** How the scheme must be registered before the app is ready: as safe as https, and with fetch for workers and fonts. */
export const schemePrivileges = {
	scheme,
	privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
} as const;

/** Answers with files of the built pages and with nothing else. */
export function answerRequest(url: string, folder: string): Response {
	const { host, pathname, protocol } = new URL(url);
	const asset = protocol === `${scheme}:` && host === "scd" ? readAsset(folder, pathname) : undefined;
	if (!asset) return new Response("There is nothing here.", { status: 404 });
	return new Response(new Uint8Array(asset.body), { headers: { ...securityHeaders, "content-type": asset.type } });
}

import { EnvHttpProxyAgent } from "undici";

/** How we call ourselves to servers. */
export const userAgent = "sparse-circuit-discovery";

const connectMs = 15_000;
/** How long nothing may come. */
export const silenceMs = 45_000;

/** Goes through the proxies that the environment names. Whoever opens it destroys it. */
export function createHttpAgent(silence = silenceMs): EnvHttpProxyAgent {
	return new EnvHttpProxyAgent({
		connect: { timeout: connectMs },
		headersTimeout: silence,
		bodyTimeout: silence,
		// Through a proxy, an address without TLS is asked for as such; only TLS needs a tunnel.
		...{ proxyTunnel: false },
	});
}

/** Whether the environment names a proxy, whatever it excepts from it. */
export function mayBeProxied(): boolean {
	return ["http_proxy", "https_proxy"].some((name) => process.env[name] || process.env[name.toUpperCase()]);
}

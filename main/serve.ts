import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { AppError } from "#shared/errors";
import { pack, unpackSafely } from "#shared/packed";
import { rendererFolder } from "./app/locations.ts";
import type { Service } from "./app/service.ts";
import { readAsset, securityHeaders } from "./app/static-files.ts";

export interface ServeOptions {
	/** Absent: the usual one, or any free one where that is taken. */
	readonly port?: number;
	/** Opens the door; absent: a new one. */
	readonly token?: string;
}

export function makeToken(): string {
	return randomBytes(18).toString("base64url");
}

export interface Serving {
	readonly url: string;
	dispose(): Promise<void>;
}

const usualPort = 7423;
const heartbeatMs = 20_000;
const largestFrame = 128 * 1024 * 1024;

/**
 * The app for a browser on this machine, or on another one through an SSH tunnel: bound to loopback, opened only with
 * the token in the URL, and only by pages that this server gave out.
 */
export async function serve(service: Service, { port, token = makeToken() }: ServeOptions): Promise<Serving> {
	const server = createServer((request, response) => answer(request, response));
	const sockets = new WebSocketServer({ noServer: true, maxPayload: largestFrame });
	server.on("upgrade", (request, socket, head) => {
		if (!isFromUs(request) || !hasToken(request, token)) {
			socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
			return;
		}
		sockets.handleUpgrade(request, socket, head, (webSocket) => {
			const router = service.connect((frame) => webSocket.send(pack(frame)));
			// Buffers are what comes where nobody asks for another kind.
			webSocket.on("message", (data, isBinary) => router.receive(unpackSafely(isBinary ? data : String(data))));
			webSocket.on("close", () => service.disconnect(router));
			webSocket.on("error", () => webSocket.terminate());
		});
	});
	// A tunnel that fell asleep looks open for minutes; a ping makes it close.
	const heartbeat = setInterval(() => {
		for (const socket of sockets.clients) socket.ping();
	}, heartbeatMs);
	heartbeat.unref();
	const { port: bound } = await listen(server, port);
	return {
		url: `http://127.0.0.1:${bound}/?token=${token}`,
		async dispose() {
			clearInterval(heartbeat);
			for (const socket of sockets.clients) socket.terminate();
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
}

function answer(request: IncomingMessage, response: ServerResponse): void {
	if (!isFromUs(request)) return void response.writeHead(403).end();
	if (request.method !== "GET" && request.method !== "HEAD") return void response.writeHead(405).end();
	const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
	const asset = readAsset(rendererFolder, pathname);
	if (!asset) return void response.writeHead(404, { "content-type": "text/plain" }).end("There is nothing here.");
	response.writeHead(200, { ...securityHeaders, "content-type": asset.type, "cache-control": asset.caching });
	response.end(request.method === "HEAD" ? undefined : asset.body);
}

/**
 * The Host must be a name of loopback, whatever the port (a tunnel may have another), and a page that speaks to us must
 * come from the same host: this keeps other sites out, also those that rebind their name to 127.0.0.1.
 */
function isFromUs({ headers }: IncomingMessage): boolean {
	const host = headers.host ?? "";
	const name = host.replace(/:\d+$/, "");
	if (name !== "127.0.0.1" && name !== "localhost" && name !== "[::1]") return false;
	return headers.origin === undefined || headers.origin === `http://${host}`;
}

function hasToken(request: IncomingMessage, token: string): boolean {
	const given = new URL(request.url ?? "/", "http://127.0.0.1").searchParams.get("token") ?? "";
	const [a, b] = [Buffer.from(given), Buffer.from(token)];
	return a.length === b.length && timingSafeEqual(a, b);
}

async function listen(server: ReturnType<typeof createServer>, port: number | undefined): Promise<AddressInfo> {
	const attempt = (wanted: number) =>
		new Promise<AddressInfo>((resolve, reject) => {
			server.once("error", reject);
			server.listen(wanted, "127.0.0.1", () => {
				server.off("error", reject);
				resolve(server.address() as AddressInfo);
			});
		});
	try {
		return await attempt(port ?? usualPort);
	} catch (cause) {
		const { code } = cause as NodeJS.ErrnoException;
		if (port === undefined) return await attempt(0);
		const why = code === "EADDRINUSE" ? "is in use by another program" : `cannot be used (${code})`;
		throw new AppError("usage", `Port ${port} ${why}. Give another --port, or leave it out to take a free one.`, {
			port,
		});
	}
}

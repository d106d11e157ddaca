import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { App } from "../../main/app/app.ts";
import { connectDirect } from "../../main/app/direct-client.ts";
import { Service } from "../../main/app/service.ts";
import { serve } from "../../main/serve.ts";
import type { Client } from "../../main/shared/contract/contract.ts";
import { FrameClient } from "../../main/shared/contract/frame-client.ts";
import type { ServerFrame } from "../../main/shared/contract/frames.ts";
import { pack, unpack } from "../../main/shared/packed.ts";

/** A service with one caller, over a way that frames can take. */
export interface Connected {
	readonly client: Client;
	readonly service: Service;
	/** Another caller of the same service. */
	again(): Promise<Client>;
	dispose(): Promise<void>;
}

export const transports = ["direct", "websocket"] as const;

export async function connect(transport: (typeof transports)[number]): Promise<Connected> {
	const folder = mkdtempSync(join(tmpdir(), "scd-contract-"));
	const service = new Service(new App(join(folder, "scd.sqlite")), transport === "direct" ? "direct" : "loopback");
	const server = transport === "websocket" ? await serve(service, { port: await freePort() }) : undefined;
	const closers: (() => void)[] = [];
	const again = async () => {
		if (!server) {
			const direct = connectDirect(service);
			closers.push(() => direct.dispose());
			return direct;
		}
		const { client, close } = await openSocket(server.url);
		closers.push(close);
		return client;
	};
	return {
		client: await again(),
		service,
		again,
		async dispose() {
			for (const close of closers) close();
			await server?.dispose();
			service.dispose();
			rmSync(folder, { recursive: true, force: true });
		},
	};
}

export async function openSocket(
	url: string,
): Promise<{ readonly client: FrameClient; readonly socket: WebSocket; close(): void }> {
	const client = new FrameClient();
	const socket = new WebSocket(url.replace("http:", "ws:"));
	socket.on("message", (data, isBinary) =>
		client.receive(unpack(isBinary ? (data as Buffer) : String(data)) as ServerFrame),
	);
	await new Promise<void>((resolve, reject) => {
		socket.once("open", () => resolve());
		socket.once("error", reject);
	});
	client.attach((frame) => socket.send(pack(frame)));
	return { client, socket, close: () => socket.close() };
}

export async function freePort(): Promise<number> {
	const { createServer } = await import("node:net");
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as { port: number };
	await new Promise<void>((resolve) => server.close(() => resolve()));
	return port;
}

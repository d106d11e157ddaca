import type { Client } from "#shared/contract/contract";
import { FrameClient } from "#shared/contract/frame-client";
import type { Failure, ServerFrame } from "#shared/contract/frames";
import type { ScdHost } from "#shared/contract/host";
import { pack, unpack } from "#shared/packed";

export type ConnectionState =
	| { readonly status: "connecting" | "open" | "lost" }
	/** The app cannot work at all, and why. */
	| { readonly status: "failed"; readonly failure: Failure };

declare global {
	interface Window {
		/** There in the desktop host, absent in a browser. */
		readonly scdHost?: ScdHost;
	}
}

export interface Connection {
	readonly client: Client;
	/** Told at once and at every change; returns what ends the subscription. */
	watch(listener: (state: ConnectionState) => void): () => void;
}

const firstRetryMs = 250;
const lastRetryMs = 4000;

/** The way to the app's service: Electron's port where there is one, else a WebSocket that comes back by itself. */
function openConnection(): Connection {
	const client = new FrameClient();
	const watchers = new Set<(state: ConnectionState) => void>();
	let state: ConnectionState = { status: "connecting" };
	const tell = (next: ConnectionState) => {
		state = next;
		for (const watcher of watchers) watcher(next);
	};
	const receive = (frame: ServerFrame) => {
		if (frame.type === "ready") tell({ status: "open" });
		else if (frame.type === "init-failure") tell({ status: "failed", failure: frame.failure });
		else client.receive(frame);
	};
	if (window.scdHost) {
		const host = window.scdHost;
		host.subscribe((packed) => receive(unpack(packed) as ServerFrame));
		client.attach((frame) => host.send(pack(frame)));
	} else openWebSocket(client, receive, () => tell({ status: "lost" }));
	return {
		client,
		watch(listener) {
			watchers.add(listener);
			listener(state);
			return () => void watchers.delete(listener);
		},
	};
}

function openWebSocket(client: FrameClient, receive: (frame: ServerFrame) => void, lost: () => void): void {
	const token = new URLSearchParams(location.search).get("token") ?? "";
	let retryMs = firstRetryMs;
	const connect = () => {
		const socket = new WebSocket(`ws://${location.host}/?token=${encodeURIComponent(token)}`);
		socket.binaryType = "arraybuffer";
		socket.onopen = () => {
			retryMs = firstRetryMs;
			client.attach((frame) => socket.send(pack(frame)));
		};
		socket.onmessage = ({ data }) =>
			receive(unpack(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer)) as ServerFrame);
		socket.onclose = () => {
			client.detach();
			lost();
			setTimeout(connect, retryMs);
			retryMs = Math.min(lastRetryMs, 2 * retryMs);
		};
	};
	connect();
}

const connection = openConnection();
export const { client, watch: watchConnection } = connection;

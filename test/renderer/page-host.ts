import type { ClientFrame, PackedFrame, ServerFrame } from "../../main/shared/contract/frames.ts";
import { pack, unpack } from "../../main/shared/packed.ts";

type Call = Extract<ClientFrame, { type: "call" }>;

/**
 * Stands in for the desktop host, before any module of the page is loaded: answers calls as `answers` say, by method, and
 * keeps what was asked. A page's stores are then themselves, down to their frames.
 */
export function installHost(answers: Readonly<Record<string, unknown>>) {
	const calls: Call[] = [];
	let tell: (frame: PackedFrame) => void = () => {};
	const send = (frame: ServerFrame) => tell(pack(frame));
	const scdHost = {
		kind: "electron",
		send(packed: PackedFrame) {
			const frame = unpack(packed) as ClientFrame;
			if (frame.type !== "call") return;
			calls.push(frame);
			queueMicrotask(() => send({ type: "ok", id: frame.id, result: answers[frame.method] ?? null } as ServerFrame));
		},
		subscribe(listener: (frame: PackedFrame) => void) {
			tell = listener;
			return () => {};
		},
	};
	Object.assign(globalThis, { window: { scdHost } });
	return {
		/** Parameters of the calls of a method, in their order. */
		asked: <T>(method: string) => calls.filter((call) => call.method === method).map(({ params }) => params as T),
	};
}

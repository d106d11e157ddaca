import { z } from "zod";
import type { AppErrorCode } from "../errors.ts";
import type { Events, Method } from "./contract.ts";

/** From a face of the app to its service. Validated there: whoever sends it may be anybody. */
export const clientFrame = z.discriminatedUnion("type", [
	z.object({ type: z.literal("call"), id: z.number().int(), method: z.string(), params: z.unknown() }),
	z.object({ type: z.literal("cancel"), id: z.number().int() }),
]);

export type ClientFrame =
	| { readonly type: "call"; readonly id: number; readonly method: Method; readonly params: unknown }
	| { readonly type: "cancel"; readonly id: number };

/** From the service to a face. */
export type ServerFrame =
	| { readonly type: "ready" }
	/** Instead of `ready`: the app cannot work, and why. */
	| { readonly type: "init-failure"; readonly failure: Failure }
	| { readonly type: "ok"; readonly id: number; readonly result: unknown }
	| { readonly type: "err"; readonly id: number; readonly failure: Failure }
	| { readonly type: "progress"; readonly id: number; readonly progress: unknown }
	| EventFrame;

export type EventFrame = {
	readonly [E in keyof Events]: { readonly type: "event"; readonly event: E; readonly data: Events[E] };
}[keyof Events];

/** A frame on its way, as `pack` of #shared/packed makes it: bytes where edges are in it. */
export type PackedFrame = string | Uint8Array;

/** An `AppError` on its way. */
export interface Failure {
	readonly code: AppErrorCode;
	readonly message: string;
	readonly data: Readonly<Record<string, unknown>>;
}

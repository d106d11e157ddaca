import type { Client } from "#shared/contract/contract";
import { FrameClient } from "#shared/contract/frame-client";
import type { ServerFrame } from "#shared/contract/frames";
import { pack, unpack } from "#shared/packed";
import type { Service } from "./service.ts";

/** A caller in the same process. Frames still go through text and bytes, so that nothing works here that fails elsewhere. */
export function connectDirect(service: Service): Client & { dispose(): void } {
	const client = new FrameClient();
	const router = service.connect((frame) => client.receive(unpack(pack(frame)) as ServerFrame));
	client.attach((frame) => router.receive(unpack(pack(frame))));
	return Object.assign(client, { dispose: () => service.disconnect(router) });
}

import type { Client } from "#shared/contract/contract";
import { FrameClient } from "#shared/contract/frame-client";
import type { Service } from "./service.ts";

/** A caller in the same process. Frames still go through text, so that nothing works here that fails elsewhere. */
export function connectDirect(service: Service): Client & { dispose(): void } {
	const client = new FrameClient();
	const router = service.connect((frame) => client.receive(JSON.parse(JSON.stringify(frame))));
	client.attach((frame) => router.receive(JSON.parse(JSON.stringify(frame))));
	return Object.assign(client, { dispose: () => service.disconnect(router) });
}

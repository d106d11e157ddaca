import type { MessagePortMain, WebContents } from "electron";
import { pack, unpackSafely } from "#shared/packed";
import type { Router } from "../app/router.ts";
import type { Service } from "../app/service.ts";

/** Gives a page its port to the service, again after each time it is loaded; the old one ends with the old page. */
export function connectContents(
	contents: Pick<WebContents, "on" | "postMessage">,
	service: Pick<Service, "connect" | "disconnect">,
	openChannel: () => { readonly port1: MessagePortMain; readonly port2: MessagePortMain },
): void {
	let router: Router | undefined;
	const disconnect = () => {
		if (router) service.disconnect(router);
		router = undefined;
	};
	contents.on("did-finish-load", () => {
		disconnect();
		const { port1, port2 } = openChannel();
		const connected = service.connect((frame) => port1.postMessage(pack(frame)));
		router = connected;
		port1.on("message", ({ data }) => connected.receive(unpackSafely(data)));
		port1.on("close", () => service.disconnect(connected));
		port1.start();
		contents.postMessage("scd-port", null, [port2]);
	});
	contents.on("destroyed", disconnect);
}

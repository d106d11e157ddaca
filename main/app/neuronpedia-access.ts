import type { NeuronpediaStatus } from "#shared/labels";
import { Neuronpedia } from "../hub/neuronpedia.ts";

/** Where a host keeps a secret between sessions. */
export interface KeyVault {
	/** Whether the system encrypts what is kept here. */
	canStore(): boolean;
	load(): string | undefined;
	save(key: string): void;
	forget(): void;
}

/** No host keeps secrets but the desktop's: elsewhere a key comes from the environment, or lasts for the session. */
const noVault: KeyVault = { canStore: () => false, load: () => undefined, save() {}, forget() {} };

/** The way to Neuronpedia: its address, and a key that is in no database, log, message or export. */
export class NeuronpediaAccess {
	readonly #vault: KeyVault;
	#session: string | undefined;
	#client: Neuronpedia | undefined;

	constructor(vault: KeyVault = noVault) {
		this.#vault = vault;
	}

	/** Opened when it is first needed. Throws `usage` where `NEURONPEDIA_URL` is no address. */
	get client(): Neuronpedia {
		this.#client ??= new Neuronpedia({ key: () => this.#find().key });
		return this.#client;
	}

	status(): NeuronpediaStatus {
		return { key: this.#find().from, canStore: this.#vault.canStore() };
	}

	/** Kept by the system where it can, else until the program ends. */
	setKey(key: string): void {
		this.#session = undefined;
		if (this.#vault.canStore()) this.#vault.save(key);
		else this.#session = key;
	}

	forgetKey(): void {
		this.#session = undefined;
		this.#vault.forget();
	}

	dispose(): void {
		this.#client?.dispose();
	}

	#find(): { readonly key?: string; readonly from: NeuronpediaStatus["key"] } {
		if (this.#session !== undefined) return { key: this.#session, from: "session" };
		const stored = this.#vault.load();
		if (stored !== undefined) return { key: stored, from: "stored" };
		const given = process.env["NEURONPEDIA_API_KEY"]?.trim();
		return given ? { key: given, from: "environment" } : { from: "none" };
	}
}

import type { FeatureFacts } from "#shared/feature-facts";
import type { EngineChannel } from "../engine/engine-channel.ts";
import { EngineSupervisor } from "../engine/engine-supervisor.ts";
import { defaultDatabasePath } from "../store/open-database.ts";
import { Store } from "../store/store.ts";
import { startNodeEngine } from "./cuda-folder.ts";
import { DictionaryFolders } from "./dictionary-folders.ts";
import { engineFile } from "./locations.ts";
import { SpeedKeeper } from "./machine-speed.ts";
import { type KeyVault, NeuronpediaAccess } from "./neuronpedia-access.ts";
import { readVersions } from "./versions.ts";

/** The app without a face: memory and engine. Whoever opens it disposes of it. */
export class App {
	readonly store: Store;
	readonly engine: EngineSupervisor;
	/** What the weights alone told of features since the start, by dictionary and feature. */
	readonly weightFacts = new Map<string, FeatureFacts>();
	readonly folders = new DictionaryFolders();
	readonly neuronpedia: NeuronpediaAccess;
	/** How fast this machine is, as far as that was measured. */
	readonly speed: SpeedKeeper;

	/**
	 * `spawn` starts the engine's process in the host's own way, which may depend on whether memory is limited; `vault` keeps secrets where the host can; `measureOthers`
	 * tells the bytes of all processes but the engine, where there are more than this one.
	 */
	constructor(
		databasePath: string | undefined,
		spawn: (file: string, limited: boolean) => EngineChannel = startNodeEngine,
		vault?: KeyVault,
		measureOthers?: () => number,
	) {
		this.neuronpedia = new NeuronpediaAccess(vault);
		this.store = new Store(databasePath ?? defaultDatabasePath());
		this.engine = new EngineSupervisor((limited) => spawn(engineFile, limited), measureOthers);
		this.speed = new SpeedKeeper(this.store.settings, this.engine);
	}

	dispose(): void {
		this.neuronpedia.dispose();
		this.engine.dispose();
		this.store.dispose();
	}
}

export { readVersions };

import { resolve } from "node:path";
import { AppError } from "#shared/errors";
import type { CircuitPayload } from "#shared/exchange/circuit-payload";
import type { DataFormat } from "#shared/exchange/data-formats";
import { buildDataFiles, type WrittenFile } from "../../export/build-data-file.ts";
import { describeLosses } from "../../export/describe-losses.ts";
import { keepFeaturesFirst } from "../../export/features-first.ts";
import { saveExportParts } from "../../export/save-export.ts";
import type { FileParts } from "../../export/text-parts.ts";
import type { App } from "../app.ts";
import { describeCircuit } from "../circuit-description.ts";
import { buildCircuitPayload } from "./build-circuit-file.ts";
import { findNeuronpediaNames } from "./neuronpedia-names.ts";
import { buildProject } from "./save-project.ts";

/** Stored circuits in the forms of other programs: what is looked up for one file serves the next. */
export class DataExports {
	readonly #app: App;
	readonly #names: readonly string[];
	readonly #history: boolean;
	readonly #drawSvg: (name: string) => Promise<string>;
	readonly #maxEdges: number | undefined;
	readonly #payloads = new Map<string, Promise<CircuitPayload>>();

	/** `maxEdges` is for Neuronpedia's form alone: all others hold the whole circuit. */
	constructor(
		app: App,
		names: readonly string[],
		history: boolean,
		drawSvg: (name: string) => Promise<string>,
		maxEdges?: number,
	) {
		this.#app = app;
		this.#names = names;
		this.#history = history;
		this.#drawSvg = drawSvg;
		this.#maxEdges = maxEdges;
	}

	/** Writes what a path asks for, and returns what was written: tables are two files. */
	async save(path: string, format: DataFormat): Promise<readonly string[]> {
		const files = await this.#build(resolve(path), format);
		for (const { path: place, parts } of files) await saveExportParts(place, parts);
		return files.map(({ path: place }) => place);
	}

	/** For a pipe. Throws `usage` where there is more than one file. */
	async build(format: DataFormat): Promise<FileParts> {
		const [file, another] = await this.#build(format, format);
		if (!file || another)
			throw new AppError(
				"usage",
				`${format} is two tables, which do not go into one stream. Write them with -o FILE.${format}.`,
			);
		return file.parts;
	}

	/** What the form has no place for, in sentences. */
	async describeLosses(format: DataFormat): Promise<readonly string[]> {
		const [name] = this.#names;
		if (name === undefined) return [];
		const file = await this.payload(name);
		const lost = describeLosses(format, file);
		return [...this.#describeCut(format, file), ...(lost === undefined ? [] : [lost])];
	}

	#describeCut(format: DataFormat, file: CircuitPayload): readonly string[] {
		const cut = this.#cut(format, file);
		if (cut === file) return [];
		const say = (of: "nodes" | "edges") =>
			`${cut[of].length.toLocaleString("en")} of ${file[of].length.toLocaleString("en")}`;
		return [
			`${say("nodes")} nodes and ${say("edges")} edges are in the file: those of features first, then those of errors.`,
		];
	}

	#cut(format: DataFormat, file: CircuitPayload): CircuitPayload {
		return format === "neuronpedia" && this.#maxEdges !== undefined ? keepFeaturesFirst(file, this.#maxEdges) : file;
	}

	/** The circuit that drawings carry inside. */
	payload(name: string): Promise<CircuitPayload> {
		const known = this.#payloads.get(name) ?? buildCircuitPayload(this.#app, name, { history: this.#history });
		this.#payloads.set(name, known);
		return known;
	}

	async #build(path: string, format: DataFormat): Promise<readonly WrittenFile[]> {
		if (format === "scd") {
			const files: CircuitPayload[] = [];
			for (const name of this.#names) files.push(await this.payload(name));
			return [{ path, parts: [buildProject(files)] }];
		}
		const [name] = this.#names;
		if (name === undefined || this.#names.length > 1)
			throw new AppError(
				"usage",
				`Only a project holds several circuits. Write ${this.#names.length} of them with -o FILE.scd.`,
			);
		return await buildDataFiles(path, format, {
			file: this.#cut(format, await this.payload(name)),
			drawSvg: () => this.#drawSvg(name),
			findNeuronpediaNames: () => findNeuronpediaNames(this.#app.store, describeCircuit(this.#app.store, name)),
		});
	}
}

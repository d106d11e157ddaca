import type { Conventions } from "#shared/conventions";
import { type DictionaryCheck, judgeCheck, type Verdict } from "#shared/dictionary-check";
import { AppError } from "#shared/errors";
import { checkWithReport } from "../app/dictionary-checks.ts";
import { reference } from "../app/locations.ts";
import { buildRuleJson } from "../export/circuit-json.ts";
import { listDictionaryFolders } from "../sae/discovery.ts";
import { locateDictionary } from "../sae/formats/locate.ts";
import { refuseIdleConventions } from "../sae/idle-conventions.ts";
import { readConventions } from "./convention-options.ts";
import { findFeatureModel, type ModelOptions, openApp } from "./options.ts";
import { createProgressBar, withInterrupt } from "./terminal.ts";

/** One dictionary as it was found: measured, or refused with a reason. */
export type Finding =
	| { readonly path: string; readonly check: DictionaryCheck }
	| { readonly path: string; readonly refused: string };

export type CheckOptions = Conventions &
	Pick<ModelOptions, "model" | "saes" | "layers" | "bos" | "provider" | "db" | "memoryLimit">;

/** Whether dictionaries were loaded right, one after another; each result is stored. */
export async function checkDictionaries(options: CheckOptions): Promise<readonly Finding[]> {
	const { bos, provider } = options;
	const { modelDir, dictionaryDirs } = findFeatureModel(options);
	const folders = dictionaryDirs.flatMap(listDictionaryFolders);
	refuseIdle(folders, readConventions(options).conventions);
	const app = openApp(options);
	const bar = createProgressBar();
	const findings: Finding[] = [];
	try {
		for (const [i, path] of folders.entries()) {
			const request = {
				...{ modelDir, dictionaryDir: path, corpus: reference.sample, provider },
				...readConventions(options),
				...(bos && { bos }),
			};
			try {
				const check = await withInterrupt((signal) =>
					checkWithReport(app, request, {
						signal,
						progress: ({ step, done, total }) => bar.show({ step, done: i + done / total, total: folders.length }),
					}),
				);
				findings.push({ path, check });
			} catch (error) {
				if (!(error instanceof AppError) || error.code === "cancelled") throw error;
				findings.push({ path, refused: error.message });
			}
		}
		return findings;
	} finally {
		bar.clear();
		app.dispose();
	}
}

/** What cannot be opened is told by its own check. */
function refuseIdle(folders: readonly string[], conventions: Conventions | undefined): void {
	const configs = folders.flatMap((path) => {
		try {
			return [locateDictionary(path).format.open(path).config];
		} catch (error) {
			if (!(error instanceof AppError)) throw error;
			return [];
		}
	});
	if (configs.length > 0) refuseIdleConventions(configs, conventions);
}

const marks: Readonly<Record<Verdict, string>> = {
	"as-stated": "ok   ",
	sound: "ok   ",
	"fits-better": "CHECK",
	"unlike-stated": "CHECK",
	doubtful: "CHECK",
};

export function describeFindings(findings: readonly Finding[]): readonly string[] {
	const share = (value: number) => value.toFixed(3).padStart(9);
	return [
		"",
		"       site        L0  explained      dead recovered  name",
		...findings.flatMap((finding) => {
			if ("refused" in finding) return [`CHECK  ${finding.path}`, `         ${finding.refused}`];
			const { measured, alternatives, name, site } = finding.check;
			const { verdict, sentence } = judgeCheck(finding.check);
			const row = (l0: number, explained: number, dead: number) =>
				`${l0.toFixed(1).padStart(6)}  ${share(explained)} ${share(dead)}`;
			return [
				`${marks[verdict]}  ${site.padEnd(7)} ${row(measured.l0, measured.explained, measured.dead)} ${share(measured.recovered)}  ${name}`,
				`         ${sentence}`,
				...alternatives.map(
					({ change, l0, explained, dead }) => `               ${row(l0, explained, dead)}            with ${change}`,
				),
			];
		}),
	];
}

/** The names are a published format. */
export function buildFindingJson(finding: Finding): object {
	if ("refused" in finding) return { path: finding.path, verdict: "refused", sentence: finding.refused };
	const { check, path } = finding;
	const { measured, stated, alternatives, rule } = check;
	return {
		path,
		name: check.name,
		hash: check.hash,
		site: check.site,
		features: check.features,
		...judgeCheck(check),
		measured: {
			l0: measured.l0,
			explained_variance: measured.explained,
			dead: measured.dead,
			recovered: measured.recovered,
		},
		stated: stated && {
			release: stated.release,
			l0: stated.l0 ?? null,
			explained_variance: stated.explained ?? null,
		},
		alternatives: alternatives.map(({ change, l0, explained, dead }) => ({
			change,
			l0,
			explained_variance: explained,
			dead,
		})),
		conventions: { bos: check.bos, ...buildRuleJson(rule) },
		tokens: check.tokens,
	};
}

import { AppError } from "#shared/errors";
import type { DictionaryConfig } from "../dictionary-config.ts";

/** Throws `bad-file` where a dictionary of `dSae` features cannot choose as it says; `path` is the file that says it. */
export function checkChoice({ architecture, k }: DictionaryConfig, dSae: number, path: string): void {
	if (k === undefined) return;
	if (k > dSae)
		throw new AppError(
			"bad-file",
			`${path} keeps k = ${k} of only ${dSae} features. It belongs to another dictionary, or is damaged.`,
			{
				path,
				k,
			},
		);
	if (architecture === "groupmax" && dSae % k !== 0)
		throw new AppError("bad-file", `${path} asks for ${k} groups of ${dSae} features, which do not divide evenly.`, {
			path,
			k,
		});
}

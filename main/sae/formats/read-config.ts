import { readFileSync } from "node:fs";
import type { z } from "zod";
import { AppError } from "#shared/errors";
import { parseJson } from "../../model/json-file.ts";

/** Reads a JSON file by its schema. `whose` ends the sentence "… is no configuration of", `wayOut` follows it. Throws `bad-file`. */
export function readConfig<Schema extends z.ZodType>(
	path: string,
	schema: Schema,
	whose: string,
	wayOut: string,
): z.infer<Schema> {
	const parsed = schema.safeParse(parseJson(readFileSync(path, "utf8"), path));
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const field = issue?.path.join(".") ?? "";
	const what = issue?.message.includes("received undefined") ? `${field} is missing` : `${field}: ${issue?.message}`;
	throw new AppError("bad-file", `${path} is no configuration of ${whose}: ${what}. ${wayOut}`, { path, field });
}

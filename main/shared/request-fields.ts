import { z } from "zod";
import { conventions } from "./conventions.ts";

/** A path, a prompt, a corpus. */
export const text = z.string().max(100_000);
export const count = z.number().int().min(1).max(10_000_000);
export const id = z.string().max(200);
export const bos = z.enum(["on", "off"]);
/** Of a table; absent where the text's own is the usual one. */
export const column = z.exactOptional(z.string().max(200));

/** A model and the dictionaries that read it. */
export const modelFields = {
	modelDir: text,
	dictionaryDirs: z.array(text).min(1).readonly(),
	/** How they are read, where that is decided by hand. */
	conventions: z.exactOptional(conventions),
};

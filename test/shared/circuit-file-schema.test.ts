import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { circuitFile, circuitFileVersion } from "../../main/shared/exchange/circuit-file.ts";

test("the JSON Schema in the repository is the one that files are checked by (npm run schema writes it)", () => {
	const path = join(import.meta.dirname, `../../assets/schema/circuit-${circuitFileVersion}.schema.json`);
	expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
		title: "A circuit of sparse features",
		...JSON.parse(JSON.stringify(z.toJSONSchema(circuitFile))),
	});
});

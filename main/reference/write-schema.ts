import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { circuitFile, circuitFileVersion } from "#shared/exchange/circuit-file";

/** `npm run schema`: writes the JSON Schema of circuit files anew, for programs that do not read zod. */
const folder = join(import.meta.dirname, "../../assets/schema");
const schema = { title: "A circuit of sparse features", ...z.toJSONSchema(circuitFile) };
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, `circuit-${circuitFileVersion}.schema.json`), `${JSON.stringify(schema, null, "\t")}\n`);

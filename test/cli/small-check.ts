import { doctorProvider } from "../../main/cli/doctor-provider.ts";
import { reportFailure } from "../../main/cli/terminal.ts";
import type { ProviderChoice } from "../../main/shared/trace-request.ts";

/** `scd doctor --provider` with a model that a card in software gets through. */
const [provider, json] = process.argv.slice(2);
const shape = { layers: 2, heads: 2, width: 32, vocabulary: 300, context: 64, features: 96 };
await doctorProvider(provider as ProviderChoice, json === "--json", { name: "a small model", shape, divide: 16 }).catch(
	(error: unknown) => reportFailure(error, false),
);

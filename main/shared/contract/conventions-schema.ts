import { z } from "zod";
import type { Conventions } from "../conventions.ts";

/** How dictionaries are read, where people decide it themselves. */
export const conventions = z.object({
	center: z.exactOptional(z.enum(["on", "off"])),
	valueBiases: z.exactOptional(z.enum(["folded", "kept"])),
	normFactor: z.exactOptional(z.number().gt(0).max(1e9)),
}) satisfies z.ZodType<Conventions>;

import { gradientRequest } from "../requests.ts";

/** A request that nothing runs: the store only keeps it. */
export const request = gradientRequest();

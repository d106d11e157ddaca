import type { TraceRequest } from "#shared/trace";

export async function estimateTrace(
	_request: TraceRequest,
): Promise<{
	tokens: number;
	sites: readonly string[];
	layers: number;
	bytes: number;
	flops: number;
	skipped: readonly { path: string; reason: string }[];
}> {
	return { tokens: 3, sites: [], layers: 4, bytes: 250e6, flops: 1e9, skipped: [] };
}
export const secondsFor = (flops: number, _cores: number) => 1 + flops / 3e10;

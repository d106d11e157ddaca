import { create } from "zustand";
import type { Consensus } from "#shared/consensus";
import { edgeKey } from "#shared/document-diff";
import { client } from "../bridge/connection.ts";
import { useDocument } from "./document-store.ts";
import { reportError } from "./session-store.ts";

/** How often the parts of the open circuit came back, where it is a consensus of several prompts. */
export interface ConsensusState {
	readonly prompts: number;
	/** By a node's id without position, or an edge's key. */
	readonly counts: ReadonlyMap<string, number>;
}

const none: ConsensusState = { prompts: 0, counts: new Map() };

export const useConsensus = create<ConsensusState>(() => none);

/** Follows the open circuit: the newest consensus that was traced into it counts. */
export function startConsensus(): void {
	let known = "";
	useDocument.subscribe(({ name, run }) => {
		const key = `${name} ${run?.id}`;
		if (key === known) return;
		known = key;
		useConsensus.setState(none);
		if (name === null || run?.request.method !== "consensus") return;
		client
			.call("reports.list", { kind: "consensus", circuit: name })
			.then(([newest]) => {
				if (key === known && newest) useConsensus.setState(readConsensus(newest.body as Consensus));
			})
			.catch(reportError);
	});
}

function readConsensus({ prompts, nodes, edges }: Consensus): ConsensusState {
	return {
		prompts: prompts.length,
		counts: new Map([
			...nodes.map(({ id, count }) => [id, count] as const),
			...edges.map((edge) => [edgeKey(edge), edge.count] as const),
		]),
	};
}

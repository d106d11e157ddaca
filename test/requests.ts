import {
	type AblationRequest,
	type ConsensusRequest,
	type GradientRequest,
	type JacobianRequest,
	selectionOf,
	type TraceRequest,
} from "../main/shared/trace-request.ts";

/** A request for gradients of a short prompt; a test names what it is about. */
export function gradientRequest(change: Partial<GradientRequest> = {}): GradientRequest {
	return {
		method: "gradient",
		modelDir: "/m",
		dictionaryDirs: ["/s"],
		prompt: "hello",
		provider: "cpu",
		metric: "cross_entropy",
		choice: { by: "count", count: 3 },
		upNodes: 3,
		lastPositionOnly: false,
		allNodes: false,
		keepUnconnected: false,
		...change,
	};
}

/** Ablation on the model, dictionaries and prompt of another request: of all that is active, every effect. */
export function ablationRequest(of: TraceRequest, change: Partial<AblationRequest> = {}): AblationRequest {
	return {
		method: "ablation",
		...selectionOf(of),
		upNodes: of.upNodes,
		pins: [],
		seed: 0,
		allPositions: false,
		logitTokens: 10,
		morePrompts: [],
		...change,
	};
}

export function jacobianRequest(of: TraceRequest, change: Partial<JacobianRequest> = {}): JacobianRequest {
	return {
		method: "jacobian",
		...selectionOf(of),
		upNodes: of.upNodes,
		pins: [],
		lastPositionOnly: false,
		...change,
	};
}

export function consensusRequest(
	{ from: _, ...of }: GradientRequest,
	change: Pick<ConsensusRequest, "morePrompts" | "atLeast">,
): ConsensusRequest {
	return { ...of, method: "consensus", ...change };
}

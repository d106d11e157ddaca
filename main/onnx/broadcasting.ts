import { assert } from "#shared/errors";
import { reduceSum } from "./reductions.ts";
import type { Shape, Value } from "./value.ts";

/**
 * Undoes broadcasting in a backward pass: sums `cotangent` (`[...batch, ...broadcast shape]`) over the axes that were
 * stretched, so that it becomes `[...batch, ...shape]`.
 */
export function sumToShape(cotangent: Value, shape: Shape, batchRank: number): Value {
	const rank = cotangent.shape.length - batchRank;
	const added = rank - shape.length;
	assert(added >= 0, `cotangent [${cotangent.shape}] is smaller than its value [${shape}]`);
	const stretched: number[] = [];
	for (let axis = added; axis < rank; axis++)
		if (shape[axis - added] === 1 && cotangent.shape[batchRank + axis] !== 1) stretched.push(axis - rank);
	const leading = Array.from({ length: added }, (_, axis) => axis - rank);
	const kept = stretched.length > 0 ? reduceSum(cotangent, stretched, true) : cotangent;
	return leading.length > 0 ? reduceSum(kept, leading, false) : kept;
}

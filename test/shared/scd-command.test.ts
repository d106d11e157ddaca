import { expect, test } from "vitest";
import { writeValidateCommand } from "../../main/shared/scd-command.ts";
import type { ValidationRequest } from "../../main/shared/validation.ts";

const request = {
	pins: ["mlp_0.3"],
	baseline: "zero",
	errors: "keep",
	sequences: 100,
	maxLength: 64,
	leaveOneOut: true,
	curve: 0,
	controls: 0,
	seed: 3,
	stability: { draws: 10 },
} as unknown as ValidationRequest;
const write = (change: Partial<ValidationRequest>) =>
	writeValidateCommand({ ...request, ...change }, "mine", ["mlp_0.3"], () => undefined);
const known = (name: string) => ({ known: { name, nodes: [], edges: [] } }) as unknown as Partial<ValidationRequest>;

test("the command of a validation asks for what was asked for", () => {
	expect(write({})).toMatch(/^npx scd validate .*--leave-one-out .*--seed 3/);
	expect(write({})).toContain("--stability");
	expect(write({ stability: undefined } as never)).not.toContain("--stability");
	expect(write(known("other"))).toContain("--known other");
});

test("what is known of a model written by hand is not asked for by a name", () => {
	expect(write(known("the circuit that the model was written with"))).not.toContain("--known");
});

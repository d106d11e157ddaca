import { expect, test } from "vitest";
import { askedChanges } from "../../renderer/steer/asked-changes.ts";

test("a supernode is steered feature by feature, all alike; what is said of a feature itself goes first", () => {
	const supernode = { name: "brackets", features: ["mlp_0.1", "mlp_1.2", "mlp_1.3"] };
	expect(
		askedChanges([
			{ feature: "group.a", supernode, how: "scale", value: 0.5 },
			{ feature: "mlp_1.2", how: "clamp", value: 3 },
		]),
	).toEqual([
		{ feature: "mlp_0.1", scale: 0.5 },
		{ feature: "mlp_1.3", scale: 0.5 },
		{ feature: "mlp_1.2", clamp: 3 },
	]);
	expect(askedChanges([{ feature: "group.a", supernode, how: "ablate", value: 7 }])).toEqual(
		supernode.features.map((feature) => ({ feature, scale: 0 })),
	);
});

import { moveNodes } from "../document/commands.ts";
import { placeId, useDerived } from "../document/derived-store.ts";

/** Moves nodes by so much of the world. */
export function moveBy(ids: ReadonlySet<string>, dx: number, dy: number): void {
	const { places } = useDerived.getState();
	const round = (value: number) => Math.round(value * 10) / 10;
	moveNodes(
		[...ids].flatMap((id) => {
			const place = places.get(id);
			return place ? [{ id: placeId(id), x: round(place.x + dx), dy: round(place.dy + dy) }] : [];
		}),
	);
}

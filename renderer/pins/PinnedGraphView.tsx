import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { drawPinned, type PinnedPlace, placePinned } from "#shared/drawing/draw-pinned";
import type { Theme } from "#shared/drawing/theme";
import { writeName } from "#shared/naming";
import { buildPinnedGraph, type PinUnit } from "#shared/pinned";
import { Drawn } from "../canvas/Drawn.tsx";
import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useNames } from "../document/names.ts";
import { count } from "../ui/amounts.ts";
import { PinScores } from "./PinScores.tsx";
import { showPinned } from "./show-pinned.ts";

/** The circuit that the pinned make: what leads from tokens through them to logits, drawn as they are pinned. */
export function PinnedGraphView({ units }: { readonly units: readonly PinUnit[] }) {
	const nodes = useDerived((state) => state.document.nodes);
	const edges = useDerived((state) => state.document.edges);
	const metricName = useDocument((state) => state.run?.metricName || "cross_entropy");
	const names = useNames();
	const frame = useRef<HTMLDivElement>(null);
	const [size, setSize] = useState({ width: 0, height: 0 });
	useEffect(() => {
		const element = frame.current;
		if (!element) return;
		const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
		observer.observe(element);
		return () => observer.disconnect();
	}, []);
	const graph = useMemo(() => buildPinnedGraph(units, { nodes, edges }), [units, nodes, edges]);
	const places = useMemo(() => placePinned(graph, size, (node) => names(node.id)), [graph, size, names]);
	const draw = useCallback((theme: Theme) => drawPinned(graph, places, metricName, theme), [graph, places, metricName]);
	const features = graph.nodes.filter(({ kind }) => kind === "feature" || kind === "group").length;
	const said = `${count(features, "pin")} of this circuit, ${count(graph.edges.length, "edge")} between them, tokens and logits`;
	const under = ({ currentTarget, clientX, clientY }: React.MouseEvent): PinnedPlace | undefined => {
		const { left, top } = currentTarget.getBoundingClientRect();
		const [x, y] = [clientX - left, clientY - top];
		return places.find(({ box }) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height);
	};
	return (
		<figure className="pinned-graph" data-pinned-nodes={graph.nodes.length} data-pinned-edges={graph.edges.length}>
			<div
				ref={frame}
				className="pinned-picture"
				role="img"
				aria-label={said}
				onMouseMove={(event) => {
					const place = under(event);
					event.currentTarget.title = place ? writeName(names(place.node.id)) : "";
					event.currentTarget.style.cursor = place ? "pointer" : "";
				}}
				onClick={(event) => {
					const place = under(event);
					if (place) showPinned(place.node.members, writeName(names(place.node.id)));
				}}
			>
				{size.width > 0 && <Drawn {...size} draw={draw} />}
			</div>
			<figcaption>
				<PinScores units={units} />
				<span className="faint" title={said}>
					{count(graph.edges.length, "edge")}
				</span>
				{graph.missing > 0 && (
					<span className="pins-stale" title="They are pinned, but this circuit does not have them">
						{graph.missing} not in this circuit
					</span>
				)}
			</figcaption>
		</figure>
	);
}

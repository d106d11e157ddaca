import type { CircuitNode } from "#shared/circuit";
import { formatNodeId, type NodeRef, parseNodeId } from "#shared/node-id";
import { type SiteName, siteName } from "#shared/site";
import type { TracedSite } from "./circuit-assembly.ts";
import { activationAt, findEntry } from "./site-activity.ts";

type Described = Pick<TracedSite, "activity" | "attributions" | "errors">;

/**
 * Every node there could be: tokens, the features that are active with the errors as they are chosen, logits. A feature or
 * error is made when it is asked for: on a long prompt there are a million, and a circuit has some hundred of them.
 */
export class NodeBook {
	readonly #sites = new Map<SiteName, Described>();
	readonly #onlyPosition: number | undefined;
	readonly #tokens: readonly CircuitNode[];
	readonly #logits: readonly CircuitNode[];

	/** With `onlyPosition` features and errors of that position alone. */
	constructor(tokens: readonly CircuitNode[], logits: readonly CircuitNode[], onlyPosition?: number) {
		this.#tokens = tokens;
		this.#logits = logits;
		this.#onlyPosition = onlyPosition;
	}

	/** Sites in the order of computation. */
	add(site: Described): void {
		this.#sites.set(site.activity.dictionary.siteName, site);
	}

	find(id: string): CircuitNode | undefined {
		const ref = parseNodeId(id);
		if (!("site" in ref)) return [...this.#tokens, ...this.#logits].find((end) => end.id === id);
		const site = this.#sites.get(siteName(ref.site));
		const place = site && placeOf(site, ref, this.#onlyPosition);
		return place === undefined ? undefined : nodeAt(site as Described, place);
	}

	/** Those with these ids: tokens first, then in the order of computation. */
	pick(ids: ReadonlySet<string>): readonly CircuitNode[] {
		const places = new Map([...this.#sites.keys()].map((name) => [name, new Set<number>()]));
		for (const id of ids) {
			const ref = parseNodeId(id);
			const site = "site" in ref ? this.#sites.get(siteName(ref.site)) : undefined;
			const place = site && placeOf(site, ref, this.#onlyPosition);
			if (place !== undefined) places.get((site as Described).activity.dictionary.siteName)?.add(place);
		}
		const isAsked = ({ id }: CircuitNode) => ids.has(id);
		return [...this.#tokens.filter(isAsked), ...this.#list(places), ...this.#logits.filter(isAsked)];
	}

	/** As `pick`, with every feature and error. */
	pickWithSites(ids: ReadonlySet<string>): readonly CircuitNode[] {
		const places = new Map([...this.#sites].map(([name, site]) => [name, listPlaces(site, this.#onlyPosition)]));
		const isAsked = ({ id }: CircuitNode) => ids.has(id);
		return [...this.#tokens.filter(isAsked), ...this.#list(places), ...this.#logits.filter(isAsked)];
	}

	/** Errors of all sites. */
	get errors(): readonly CircuitNode[] {
		const places = [...this.#sites].map(([name, site]) => {
			const features = site.attributions.features.length;
			return [name, listPlaces(site, this.#onlyPosition).filter((place) => place >= features)] as const;
		});
		return this.#list(new Map(places));
	}

	#list(places: ReadonlyMap<SiteName, Iterable<number>>): readonly CircuitNode[] {
		return [...places].flatMap(([name, some]) => {
			const site = this.#sites.get(name) as Described;
			return [...some].sort((a, b) => a - b).map((place) => nodeAt(site, place));
		});
	}
}

/** A node's place in its site: features by entry, behind them errors that stand alone, then what is joined. */
function placeOf({ attributions, errors }: Described, ref: NodeRef, only: number | undefined): number | undefined {
	const features = attributions.features.length;
	if (ref.kind === "error" && ref.rest) return errors.joined.length > 0 ? features + errors.alone.length : undefined;
	if (ref.position === undefined || (only !== undefined && ref.position !== only)) return undefined;
	if (ref.kind === "feature") return findEntry(attributions, ref.position, ref.feature);
	const alone = errors.alone.indexOf(ref.position);
	return ref.kind === "error" && alone >= 0 ? features + alone : undefined;
}

function listPlaces({ attributions, errors }: Described, only: number | undefined): readonly number[] {
	const { positions } = attributions;
	const features = [...positions.keys()].filter((entry) => only === undefined || positions[entry] === only);
	const count = errors.alone.length + (errors.joined.length > 0 ? 1 : 0);
	return [...features, ...Array.from({ length: count }, (_, i) => positions.length + i)];
}

function nodeAt({ activity, attributions, errors }: Described, place: number): CircuitNode {
	const { dictionary, errorNorms, sparse } = activity;
	const { site } = dictionary;
	const shared = { site: site.kind, layer: site.layer };
	const features = attributions.features.length;
	if (place < features) {
		const [feature, position] = [attributions.features[place] as number, attributions.positions[place] as number];
		return {
			id: formatNodeId({ kind: "feature", site, feature, position }),
			kind: "feature",
			...shared,
			feature,
			position,
			activation: activationAt(sparse, position, feature),
			attribution: attributions.attributions[place] as number,
		};
	}
	const { errorAttributions } = attributions;
	const position = errors.alone[place - features];
	if (position !== undefined)
		return {
			id: formatNodeId({ kind: "error", site, position }),
			kind: "error",
			...shared,
			position,
			activation: errorNorms[position] as number,
			attribution: errorAttributions[position] as number,
		};
	const { joined } = errors;
	const sum = (numbers: Float32Array) => joined.reduce((total, at) => total + (numbers[at] as number), 0);
	return {
		id: formatNodeId({ kind: "error", site, rest: true }),
		kind: "error",
		...shared,
		position: joined[0] as number,
		joined: joined.length,
		activation: sum(errorNorms),
		attribution: sum(errorAttributions),
	};
}

import type { Circuit, CircuitEdge, CircuitNode } from "./circuit.ts";
import { EdgeList } from "./edge-list.ts";
import type { Rows } from "./rows.ts";

/**
 * A circuit with all that a person did to it: what is stored, edited and undone. Every collection holds records with a
 * key (`keyOf` in document-diff.ts); a change of any of them is a `DocumentDiff`.
 */
export interface CircuitDocument extends Circuit {
	readonly nodes: readonly CircuitNode[];
	readonly edges: Rows<CircuitEdge>;
	readonly places: readonly Place[];
	readonly hidden: readonly Hidden[];
	readonly groups: readonly Group[];
	readonly notes: readonly Note[];
	readonly links: readonly Link[];
	readonly pins: readonly Pin[];
	readonly pinSets: readonly PinSet[];
	readonly story: readonly StoryStep[];
	readonly labels: readonly Label[];
}

/** Where a node stands on the canvas. */
export interface Place {
	/** Node, group or folded node. */
	readonly id: string;
	/** Of its centre, from the left of the canvas. */
	readonly x: number;
	/** Of its centre, from the top of its lane, so that a new layer moves whole lanes and not each node. */
	readonly dy: number;
}

/** A node that is kept but not shown. */
export interface Hidden {
	readonly id: string;
}

/** A supernode: nodes that mean one thing together. Collapsed it is drawn as one, its edges summed. */
export interface Group {
	readonly id: string;
	readonly name: string;
	readonly members: readonly string[];
	readonly collapsed: boolean;
}

/** A text on the canvas; `x` and `y` are of its upper left corner. */
export interface Note {
	readonly id: string;
	readonly text: string;
	readonly x: number;
	readonly y: number;
}

/** An edge that a person drew: a hypothesis, never mixed with measured ones. */
export interface Link {
	readonly source: string;
	readonly target: string;
	readonly text: string;
}

/** A feature on the pin tray, by its id without position. */
export interface Pin {
	readonly id: string;
	/** Smaller stands further left within its layer. */
	readonly order: number;
}

export interface PinSet {
	/** Its name. */
	readonly id: string;
	readonly members: readonly string[];
}

/** One step of what a person tells of a circuit: a path, and the sentence that is said of it. */
export interface StoryStep {
	readonly id: string;
	/** Smaller is told earlier. */
	readonly order: number;
	/** Ids of nodes, each joined to the next by an edge; some may have been deleted since. */
	readonly path: readonly string[];
	readonly text: string;
}

/** What a person calls a feature. Shared by all circuits that use the same dictionary. */
export interface Label {
	/** Id without position, `mlp_3.17`. */
	readonly id: string;
	readonly text: string;
}

export const emptyDocument: CircuitDocument = {
	nodes: [],
	edges: EdgeList.none,
	places: [],
	hidden: [],
	groups: [],
	notes: [],
	links: [],
	pins: [],
	pinSets: [],
	story: [],
	labels: [],
};

/** Records by name of their collection. */
export type DocumentRecords = {
	readonly [K in keyof CircuitDocument]: CircuitDocument[K] extends Rows<infer T> ? T : never;
};

export type Collection = keyof DocumentRecords;

export const collections = Object.keys(emptyDocument) as readonly Collection[];

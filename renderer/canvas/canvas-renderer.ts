import { overlaps } from "#shared/drawing/box";
import type { CardContent } from "#shared/drawing/feature-card";
import { emptyScene, type Scene, type SceneNode } from "#shared/drawing/scene";
import type { Theme } from "#shared/drawing/theme";
import type { Camera } from "../document/view-store.ts";
import { inkOf } from "./marks.ts";
import { type Overlay, paintOverlay } from "./overlay.ts";
import { paintScene } from "./paint.ts";

/** What a renderer draws. `contentOf` may change with the scene alone. */
export interface Picture {
	readonly scene: Scene;
	readonly theme: Theme;
	contentOf(node: SceneNode): CardContent;
	/** Text of the prompt's token at a position. */
	tokenAt(position: number): string;
}

/** A finished drawing of a picture, larger than the window, and the camera that it was made for. */
interface Snapshot {
	readonly canvas: OffscreenCanvas;
	readonly camera: Camera;
	readonly version: number;
}

interface Painting {
	readonly snapshot: Snapshot;
	readonly steps: Generator<undefined, void>;
}

/** Time a frame may spend on the next snapshot; the rest is for the page. */
const sliceMs = 9;
/** Share of the window that a snapshot reaches over its sides, so that panning does not show emptiness at once. */
const margin = 0.3;
const restMs = 90;

/**
 * Draws a circuit of any size without ever holding the page up: what is seen is a finished snapshot, moved and scaled
 * with the camera, while the next one is painted in slices; at rest it replaces the first. Selection, hover and what is
 * dragged lie above it and are drawn anew in every frame.
 */
export class CanvasRenderer {
	readonly #canvas: HTMLCanvasElement;
	readonly #context: CanvasRenderingContext2D;
	#picture: Picture | undefined;
	#version = 0;
	#camera: Camera = { x: 0, y: 0, zoom: 1 };
	#movedAt = 0;
	#overlay: Overlay = {
		selection: new Set(),
		hover: undefined,
		edge: undefined,
		path: [],
		drag: undefined,
		lasso: undefined,
		link: undefined,
	};
	#without: ReadonlySet<string> = new Set();
	#front: Snapshot | undefined;
	#painting: Painting | undefined;
	#spare: OffscreenCanvas | undefined;
	#frame = 0;
	#disposed = false;

	constructor(canvas: HTMLCanvasElement) {
		this.#canvas = canvas;
		const context = canvas.getContext("2d", { alpha: false });
		if (!context) throw new Error("This browser has no canvas.");
		this.#context = context;
	}

	setPicture(picture: Picture): void {
		this.#picture = picture;
		this.#version++;
		this.#wake();
	}

	setCamera(camera: Camera): void {
		this.#camera = camera;
		this.#movedAt = performance.now();
		this.#wake();
	}

	setOverlay(overlay: Overlay): void {
		const before = this.#without;
		this.#without = overlay.drag ? overlay.drag.ids : new Set();
		if (before.size !== this.#without.size) this.#version++;
		this.#overlay = overlay;
		this.#wake();
	}

	/** The element has another size. */
	resize(width: number, height: number): void {
		const density = window.devicePixelRatio;
		this.#canvas.width = Math.max(1, Math.round(width * density));
		this.#canvas.height = Math.max(1, Math.round(height * density));
		this.#version++;
		this.#wake();
	}

	/** Whether what is seen is the whole truth: nothing is being painted and nothing moves. */
	get settled(): boolean {
		const { x, y, zoom } = this.#camera;
		const front = this.#front;
		return (
			!this.#painting &&
			front?.version === this.#version &&
			front.camera.zoom === zoom &&
			this.#covers(front) &&
			Number.isFinite(x + y)
		);
	}

	dispose(): void {
		this.#disposed = true;
		cancelAnimationFrame(this.#frame);
	}

	#wake(): void {
		if (this.#frame === 0 && !this.#disposed) this.#frame = requestAnimationFrame(() => this.#draw());
	}

	get #density(): number {
		return window.devicePixelRatio;
	}

	get #width(): number {
		return this.#canvas.width / this.#density;
	}

	get #height(): number {
		return this.#canvas.height / this.#density;
	}

	#draw(): void {
		this.#frame = 0;
		if (!this.#picture) return;
		this.#advance();
		this.#compose();
		if (!this.settled) this.#wake();
	}

	/** Paints a slice of the next snapshot, beginning one where what is seen is out of date. */
	#advance(): void {
		const deadline = performance.now() + sliceMs;
		if (!this.#painting) {
			const front = this.#front;
			const stale = front?.version !== this.#version;
			const sharp = front?.camera.zoom === this.#camera.zoom;
			const resting = performance.now() - this.#movedAt > restMs;
			const lost = !front || this.#isFarFrom(front);
			if (!(stale || (!sharp && resting) || lost || (resting && !this.#covers(front)))) return;
			this.#painting = this.#begin();
		}
		const painting = this.#painting;
		while (performance.now() < deadline) {
			if (!painting.steps.next().done) continue;
			this.#spare = this.#front?.canvas;
			this.#front = painting.snapshot;
			this.#painting = undefined;
			return;
		}
	}

	#begin(): Painting {
		const { scene, theme, contentOf } = this.#picture ?? { scene: emptyScene, theme: undefined, contentOf: undefined };
		if (!theme || !contentOf) throw new Error("There is nothing to paint.");
		const density = this.#density;
		const [width, height] = [this.#width * (1 + 2 * margin), this.#height * (1 + 2 * margin)];
		const { x, y, zoom } = this.#camera;
		// Whole pixels, so that what stands still is drawn one to one.
		const offset = (length: number) => Math.round(length * margin * density) / density / zoom;
		const camera = { x: x - offset(this.#width), y: y - offset(this.#height), zoom };
		const canvas = this.#takeCanvas(Math.round(width * density), Math.round(height * density));
		const context = canvas.getContext("2d", { alpha: false }) as unknown as CanvasRenderingContext2D;
		const steps = paintScene(context, {
			scene,
			camera,
			density,
			width,
			height,
			theme,
			contentOf,
			without: this.#without,
		});
		return { snapshot: { canvas, camera, version: this.#version }, steps };
	}

	#takeCanvas(width: number, height: number): OffscreenCanvas {
		const spare = this.#spare;
		this.#spare = undefined;
		return spare && spare.width === width && spare.height === height ? spare : new OffscreenCanvas(width, height);
	}

	/** The snapshot leaves part of the window empty. */
	#covers({ camera, canvas }: Snapshot): boolean {
		const { x, y, zoom } = this.#camera;
		const [width, height] = [canvas.width / this.#density / camera.zoom, canvas.height / this.#density / camera.zoom];
		return (
			x >= camera.x - 1 &&
			y >= camera.y - 1 &&
			x + this.#width / zoom <= camera.x + width + 1 &&
			y + this.#height / zoom <= camera.y + height + 1
		);
	}

	/** So far from the snapshot that the next is due also while the camera moves. */
	#isFarFrom(front: Snapshot): boolean {
		const ratio = this.#camera.zoom / front.camera.zoom;
		return ratio > 2 || ratio < 0.66 || !this.#covers(front);
	}

	#compose(): void {
		const picture = this.#picture;
		if (!picture) return;
		const { theme, scene } = picture;
		const context = this.#context;
		const density = this.#density;
		const { x, y, zoom } = this.#camera;
		context.setTransform(1, 0, 0, 1, 0, 0);
		context.globalAlpha = 1;
		const front = this.#front;
		if (!front || !this.#covers(front)) {
			context.fillStyle = theme.background;
			context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
			context.fillStyle = theme.lane;
			for (const lane of scene.lanes)
				context.fillRect(
					0,
					(lane.y - 14 - y) * zoom * density,
					this.#canvas.width,
					(lane.height + 28) * zoom * density,
				);
		}
		if (front) {
			const scale = zoom / front.camera.zoom;
			const [left, top] = [(front.camera.x - x) * zoom * density, (front.camera.y - y) * zoom * density];
			const exact = Math.abs(scale - 1) < 1e-9;
			context.imageSmoothingEnabled = !exact;
			context.imageSmoothingQuality = "low";
			const [width, height] = [front.canvas.width * scale, front.canvas.height * scale];
			if (exact) context.drawImage(front.canvas, Math.round(left), Math.round(top));
			else context.drawImage(front.canvas, left, top, width, height);
		}
		// As in the snapshot.
		context.letterSpacing = "0.001px";
		context.textRendering = "geometricPrecision";
		paintOverlay(context, this.#overlay, {
			picture,
			camera: this.#camera,
			density,
			width: this.#width,
			height: this.#height,
			restoreNodes: (context) => this.#restoreNodes(context),
		});
	}

	/** Edges that stand out pass behind cards and marks too. */
	#restoreNodes(context: CanvasRenderingContext2D): void {
		const [front, scene] = [this.#front, this.#picture?.scene];
		if (!front || !scene) return;
		const density = this.#density;
		const { x, y, zoom } = this.#camera;
		const seen = { x, y, width: this.#width / zoom, height: this.#height / zoom };
		const whole = { x: front.camera.x, y: front.camera.y, width: front.canvas.width, height: front.canvas.height };
		const [from, to] = [front.camera.zoom * density, zoom * density];
		context.setTransform(1, 0, 0, 1, 0, 0);
		context.imageSmoothingEnabled = from !== to;
		let restored = 0;
		for (const node of scene.nodes) {
			if (!overlaps(node, seen) || this.#without.has(node.node.id)) continue;
			if (++restored > mostRestored) return;
			const box = inkOf(node, front.camera.zoom);
			const left = Math.max(0, Math.floor((box.x - whole.x) * from));
			const top = Math.max(0, Math.floor((box.y - whole.y) * from));
			const width = Math.min(whole.width - left, Math.ceil(box.width * from) + 1);
			const height = Math.min(whole.height - top, Math.ceil(box.height * from) + 1);
			if (width <= 0 || height <= 0) continue;
			const ratio = to / from;
			const at = (place: number, begin: number, eye: number) => (place / from + begin - eye) * to;
			const [toLeft, toTop] = [at(left, whole.x, x), at(top, whole.y, y)];
			const exact = Math.abs(ratio - 1) < 1e-9;
			context.drawImage(
				front.canvas,
				...([left, top, width, height] as const),
				exact ? Math.round(toLeft) : toLeft,
				exact ? Math.round(toTop) : toTop,
				width * ratio,
				height * ratio,
			);
		}
	}
}

/** More nodes in view are marks that an edge hardly covers. */
const mostRestored = 1200;

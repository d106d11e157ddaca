import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Note } from "#shared/document";
import { changeNote, removeNote } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useView } from "../document/view-store.ts";
import { IconButton } from "../ui/Button.tsx";

/** Texts that lie on the canvas and move with it. */
export function NotesLayer() {
	const notes = useDerived((state) => state.document.notes);
	const camera = useView((state) => state.camera);
	if (!camera || notes.length === 0) return null;
	return (
		<div
			className="notes"
			style={{ transform: `scale(${camera.zoom}) translate(${-camera.x}px, ${-camera.y}px)` }}
			data-far={camera.zoom < 0.25 || undefined}
		>
			{notes.map((note) => (
				<NoteCard key={note.id} note={note} zoom={camera.zoom} />
			))}
		</div>
	);
}

function NoteCard({ note, zoom }: { readonly note: Note; readonly zoom: number }) {
	const [text, setText] = useState(note.text);
	const [shift, setShift] = useState<readonly [number, number]>([0, 0]);
	const area = useRef<HTMLTextAreaElement>(null);
	useEffect(() => setText(note.text), [note.text]);
	useEffect(() => {
		if (note.text === "") area.current?.focus();
	}, [note.text]);
	const start = useRef<readonly [number, number]>(undefined);
	return (
		<div className="note" style={{ left: note.x + shift[0], top: note.y + shift[1] }}>
			<div
				className="note-grip"
				onPointerDown={(event) => {
					event.currentTarget.setPointerCapture(event.pointerId);
					start.current = [event.clientX, event.clientY];
				}}
				onPointerMove={(event) => {
					if (start.current)
						setShift([(event.clientX - start.current[0]) / zoom, (event.clientY - start.current[1]) / zoom]);
				}}
				onPointerUp={() => {
					start.current = undefined;
					if (shift[0] !== 0 || shift[1] !== 0) changeNote(note.id, { x: note.x + shift[0], y: note.y + shift[1] });
					setShift([0, 0]);
				}}
			/>
			<textarea
				ref={area}
				aria-label="Note"
				placeholder="Write a note"
				value={text}
				rows={Math.min(12, Math.max(2, text.split("\n").length))}
				onChange={({ target }) => setText(target.value)}
				onBlur={() => text !== note.text && changeNote(note.id, { text })}
				onKeyDown={(event) => {
					if (event.key === "Escape") {
						event.stopPropagation();
						event.currentTarget.blur();
					}
				}}
			/>
			<IconButton label="Remove the note" onClick={() => removeNote(note.id)}>
				<X />
			</IconButton>
		</div>
	);
}

import { useEffect, useRef, useState } from "react";
import { renameGroup } from "../document/commands.ts";
import { useDerived } from "../document/derived-store.ts";
import { useNaming } from "../document/naming-store.ts";
import { useView } from "../document/view-store.ts";

/** The name of a supernode, written where it stands: Enter or leaving keeps it, Escape leaves it as it was. */
export function SupernodeName() {
	const group = useNaming((state) => state.group);
	const stands = useDerived((state) => (group === null ? undefined : state.scene.byId.get(group)));
	const camera = useView((state) => state.camera);
	if (group === null || !stands || !camera) return null;
	const width = Math.max(200, stands.width * camera.zoom);
	const left = (stands.x + stands.width / 2 - camera.x) * camera.zoom - width / 2;
	const top = (stands.y - camera.y) * camera.zoom - 4;
	return <NameField key={group} group={group} name={stands.node.name ?? ""} style={{ left, top, width }} />;
}

interface NameFieldProps {
	readonly group: string;
	readonly name: string;
	readonly style: React.CSSProperties;
}

function NameField({ group, name, style }: NameFieldProps) {
	const [text, setText] = useState(name);
	const isClosed = useRef(false);
	useEffect(() => () => useNaming.setState({ group: null }), []);
	// Giving the focus back is a leaving too.
	const close = () => {
		isClosed.current = true;
		useNaming.setState({ group: null });
		document.querySelector<HTMLCanvasElement>(".canvas")?.focus();
	};
	const keep = () => {
		if (isClosed.current) return;
		if (text.trim() !== "" && text.trim() !== name) renameGroup(group, text.trim());
		close();
	};
	return (
		<input
			className="input supernode-name"
			style={style}
			aria-label="Name of the supernode"
			// biome-ignore lint/a11y/noAutofocus: the person has just made what it names.
			autoFocus
			maxLength={200}
			value={text}
			onFocus={({ target }) => target.select()}
			onChange={({ target }) => setText(target.value)}
			onBlur={keep}
			onKeyDown={(event) => {
				event.stopPropagation();
				if (event.key === "Enter") keep();
				else if (event.key === "Escape") close();
			}}
		/>
	);
}

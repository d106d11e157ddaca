import { useState } from "react";
import { closeDialog, useWorkspace } from "../actions/workspace-store.ts";
import { DialogFrame } from "../ui/DialogFrame.tsx";
import { Segments } from "../ui/Segments.tsx";
import { CatalogueTab } from "./CatalogueTab.tsx";
import { LocalLibrary } from "./LocalLibrary.tsx";
import "./library.css";

type Tab = "here" | "catalogue";

/** Models and dictionaries: those on this computer, and those that can be fetched. */
export function LibraryDialog() {
	const subject = useWorkspace((state) => state.subject);
	const [tab, setTab] = useState<Tab>(subject === "catalogue" ? "catalogue" : "here");
	return (
		<DialogFrame
			title="Library"
			lead={
				tab === "here"
					? "A model is a Hugging Face folder of GPT-2’s family; a dictionary is a folder or file of SAELens, dictionary_learning, sparsify or OpenAI. A folder may hold many of them."
					: "Models and dictionaries that others have published. What is fetched lies in the Hugging Face cache, where Python finds it too."
			}
			width={860}
			onClose={closeDialog}
		>
			<Segments<Tab>
				label="Which ones"
				value={tab}
				options={[
					{ value: "here", label: "On this computer" },
					{ value: "catalogue", label: "Catalogue" },
				]}
				onChange={setTab}
			/>
			{tab === "here" ? <LocalLibrary /> : <CatalogueTab />}
		</DialogFrame>
	);
}

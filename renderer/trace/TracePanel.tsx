import { useEffect } from "react";
import { useSession } from "../document/session-store.ts";
import { fillForm } from "../document/trace-form.ts";
import { GoSection } from "./GoSection.tsx";
import { JobList } from "./JobList.tsx";
import { MethodSection } from "./MethodSection.tsx";
import { ModelSection } from "./ModelSection.tsx";
import { PromptSection } from "./PromptSection.tsx";
import "./trace.css";

/** What to trace, on what, and how far. */
export function TracePanel() {
	const app = useSession((state) => state.app);
	useEffect(() => {
		if (app) fillForm();
	}, [app]);
	return (
		<div className="trace-panel">
			<ModelSection />
			<PromptSection />
			<MethodSection />
			<GoSection />
			<JobList />
		</div>
	);
}

import { useEffect } from "react";
import { useSession } from "../document/session-store.ts";
import { fillForm } from "../document/trace-form.ts";
import { GoSection } from "./GoSection.tsx";
import { EndedJobs } from "./JobList.tsx";
import { MethodSection } from "./MethodSection.tsx";
import { ModelSection } from "./ModelSection.tsx";
import { PromptSection } from "./PromptSection.tsx";
import "./trace.css";

/** What to trace, on what, and how far; the button and what runs are always in view. */
export function TracePanel() {
	const app = useSession((state) => state.app);
	useEffect(() => {
		if (app) fillForm();
	}, [app]);
	return (
		<div className="trace-panel">
			<div className="trace-scroll" tabIndex={-1}>
				<ModelSection />
				<PromptSection />
				<MethodSection />
				<EndedJobs />
			</div>
			<GoSection />
		</div>
	);
}

import { goToStep, leavePreview, useDocument } from "../document/document-store.ts";
import { Button } from "../ui/Button.tsx";

/** Says that the past is looked at, and how to come back. */
export function PreviewBar() {
	const preview = useDocument((state) => state.preview);
	if (!preview) return null;
	return (
		<div className="preview-bar" role="status">
			<span>
				You look at step <strong>{preview.step}</strong>. Nothing is changed by looking.
			</span>
			<Button onClick={() => goToStep(preview.step)}>Go back to this state</Button>
			<Button variant="primary" onClick={leavePreview}>
				Return to now
			</Button>
		</div>
	);
}

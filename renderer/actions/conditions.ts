import { useDerived } from "../document/derived-store.ts";
import { useDocument } from "../document/document-store.ts";
import { useView } from "../document/view-store.ts";

/** When actions can be done. */
export const hasCircuit = () => useDocument.getState().name !== null;
export const hasNodes = () => useDerived.getState().view.nodes.length > 0;
export const hasSelection = () => useView.getState().selection.size > 0;
/** Whether the open circuit was traced here or elsewhere, and not drawn by hand alone. */
export const isMeasured = () => useDocument.getState().run !== null;

import { create } from "zustand";

/** What a press on the canvas does. */
export const useTool = create<{ readonly tool: "select" | "lasso" | "link" }>(() => ({ tool: "select" }));

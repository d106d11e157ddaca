import { create } from "zustand";

/** The node that the pointer is on, by its id. */
export const useHover = create<{ readonly node: string | undefined }>(() => ({ node: undefined }));

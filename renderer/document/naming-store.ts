import { create } from "zustand";

/** The supernode whose name is being written on the canvas. */
export const useNaming = create<{ readonly group: string | null }>(() => ({ group: null }));

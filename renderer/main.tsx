import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/ui.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { attachShortcuts } from "./actions/shortcuts.ts";
import { startApp } from "./actions/start-app.ts";

startApp();
attachShortcuts();
const root = document.getElementById("root");
if (root)
	createRoot(root).render(
		<StrictMode>
			<App />
		</StrictMode>,
	);

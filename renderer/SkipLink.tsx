/** The first stop of the Tab key: past bars and panels, to the circuit. */
export function SkipLink() {
	return (
		<button type="button" className="skip-link" onClick={goToCircuit}>
			Skip to the circuit
		</button>
	);
}

function goToCircuit(): void {
	document.querySelector<HTMLElement>(document.querySelector(".canvas") ? ".canvas" : ".middle")?.focus();
}

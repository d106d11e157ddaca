/** Style of the page that shows a circuit offline. */
export const viewerStyle = `
:root{font:14px/1.4 system-ui,sans-serif;color:#1c1c1a;background:#fff}
body{margin:0;display:grid;grid-template-columns:260px 1fr 320px;height:100vh;overflow:hidden}
aside,section{overflow:auto;padding:14px;box-sizing:border-box;border:0 solid #ddd;border-right-width:1px}
section{border-right:0;border-left:1px solid #ddd}
h1{font-size:16px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:14px;margin:14px 0 4px}
.faint{color:#666;margin:0 0 10px;font-size:12px;overflow-wrap:anywhere}
input{width:100%;box-sizing:border-box;padding:6px 8px;font:inherit;border:1px solid #bbb;border-radius:4px}
ol{list-style:none;margin:8px 0;padding:0}
button{font:inherit;background:none;border:0;padding:3px 4px;text-align:left;color:inherit;cursor:pointer;width:100%;border-radius:3px;overflow-wrap:anywhere}
button:hover,button:focus-visible{background:#eef2fb}button[aria-current=true]{background:#dbe6ff}
main{position:relative;overflow:hidden;cursor:grab;touch-action:none}main.moving{cursor:grabbing}
main>svg{position:absolute;left:0;top:0;transform-origin:0 0;max-width:none}
main [data-node]{cursor:pointer}main [data-node].chosen{filter:drop-shadow(0 0 2px #2b5bd7) drop-shadow(0 0 5px #2b5bd7)}
#tools{position:absolute;right:12px;bottom:12px;display:flex;gap:4px}
#tools button{width:auto;background:#fff;border:1px solid #bbb;padding:4px 10px}
.tokens{font:12px/1.9 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:0 0 6px}
.number{float:right;color:#555;font-variant-numeric:tabular-nums;margin-left:8px}
.raises{color:#1d3fc4}.lowers{color:#b52c1e}
dl{display:grid;grid-template-columns:auto 1fr;gap:2px 10px;margin:8px 0}dt{color:#666}dd{margin:0}
@media(max-width:1000px){body{grid-template-columns:190px 1fr 230px}aside,section{padding:10px}}
@media(max-width:720px){body{grid-template-columns:1fr;grid-template-rows:auto 1fr auto}aside,section{max-height:30vh;border:0}}
@media print{aside,section,#tools{display:none}body{display:block}}
`;

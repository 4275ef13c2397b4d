// What every page loads. Pages work without it; with it they need fewer steps.
import { arrived, onArrival } from "./dom.js";
import { htmx } from "./fresh.js";
import { openDrawer } from "./drawer.js";
import "./ask.js";
import "./board.js";
import "./small.js";
import "./upload.js";

document.documentElement.classList.add("js");

// charts come from a file of their own, fetched where there is one; its address may carry a hash that only the page knows
let charts;
const source = () => document.querySelector("meta[name=balm-charts]")?.content || new URL("./charts.js", import.meta.url).href;

onArrival((root) => {
  if (!root.querySelector(".chart[data-chart]")) return;
  charts ??= import(source());
  charts.then((module) => module.draw(root, { open: openDrawer }));
});

arrived(document.body);
window.balm = { htmx, openDrawer };

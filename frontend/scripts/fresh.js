// htmx, set up for a strict policy: nothing evaluated, no style of its own. Polls cost nothing while nothing changed.
import htmx from "htmx.org";
import { arrived, csrf } from "./dom.js";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.allowScriptTags = true; // a chart's figures are a script of JSON; the page's policy refuses any that would run
htmx.config.selfRequestsOnly = true;
htmx.config.attributesToSettle = ["class"]; // copying a style attribute would be an inline style
htmx.config.historyCacheSize = 0; // pages hold customers' words: none of them into the browser's storage
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "304", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: false, error: true },
];

/** Address that is polled → the tag of what the page shows of it. */
const tags = new Map();
const polls = (element) => /\bevery\b/.test(element.getAttribute("hx-trigger") ?? "");

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, headers, path, verb } = event.detail;
  if (verb !== "get") headers["X-CSRFToken"] = csrf();
  else if (polls(elt)) {
    const tag = tags.get(path) ?? elt.dataset.etag;
    if (tag) headers["If-None-Match"] = tag;
  }
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && polls(event.detail.elt)) event.preventDefault();
});

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, requestConfig, xhr } = event.detail;
  if (polls(elt) && xhr.status === 200) tags.set(requestConfig.path, xhr.getResponseHeader("ETag"));
});

htmx.onLoad((root) => arrived(root));

export { htmx };

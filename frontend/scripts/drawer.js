// The drawer: a link with `data-drawer` shows its page beside this one. Without a script it is a plain link.
import { arrived, make, on } from "./dom.js";
import { htmx } from "./fresh.js";
import { say } from "./texts.js";

let drawer;
let opener;
let asked = 0;
const trail = [];

function build() {
  const found = document.getElementById("drawer");
  drawer = found instanceof HTMLDialogElement ? found : make("dialog", { id: "drawer", class: "drawer" });
  drawer.setAttribute("aria-labelledby", "drawer-title");
  if (!drawer.isConnected) document.body.append(drawer);
  drawer.addEventListener("close", closed);
  drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
}

function closed() {
  asked += 1; // what is still on its way is no longer wanted
  trail.length = 0;
  drawer.replaceChildren();
  const back = opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id);
  if (back) back.focus({ preventScroll: true });
}

const closer = () => make("button", { type: "button", class: "btn", "data-close-drawer": "" }, say("close"));

/** Put a head and a body into the drawer, with a way back where it has shown something before. */
function show(head, body) {
  if (trail.length > 1) head.prepend(make("button", { type: "button", class: "btn", "data-drawer-back": "" }, say("back")));
  const title = head.querySelector("h2") ?? make("h2");
  title.id = "drawer-title";
  title.tabIndex = -1;
  body.tabIndex = 0; // so that keys can scroll it
  body.setAttribute("role", "region");
  body.setAttribute("aria-labelledby", "drawer-title");
  drawer.replaceChildren(head, body);
  title.focus({ preventScroll: true });
}

const plain = (title, ...children) =>
  show(make("div", { class: "drawer-head" }, make("h2", {}, title), closer()), make("div", { class: "drawer-body" }, ...children));

/** What of an answer belongs into the drawer: head and body as they are, or a page's content under its heading. */
function pieces(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const [head, body] = [page.querySelector(".drawer-head"), page.querySelector(".drawer-body")];
  if (head && body) return [head, body];
  const inside = page.querySelector("main") ?? page.body;
  const heading = inside.querySelector("h1, h2");
  heading?.remove();
  const made = make("div", { class: "drawer-body" }, ...inside.childNodes);
  return [make("div", { class: "drawer-head" }, make("h2", {}, heading?.textContent.trim() || page.title), closer()), made];
}

/** Addresses like "?page=2" mean the page in the drawer, not the one behind it. */
function anchor(root, url) {
  for (const link of root.querySelectorAll('a[href^="?"]')) link.href = new URL(link.getAttribute("href"), url).href;
  for (const form of root.querySelectorAll("form")) {
    const action = form.getAttribute("action") ?? "";
    if (!action || action.startsWith("?")) form.action = new URL(action, url).href;
  }
}

async function fill(url, name) {
  const mine = ++asked;
  if (drawer.querySelector(".drawer-body")) drawer.querySelector(".drawer-body").setAttribute("aria-busy", "true");
  else plain(name || say("loading"));
  try {
    const headers = { "HX-Request": "true", "HX-Target": "drawer", "HX-Current-URL": location.href };
    const answer = await fetch(url, { headers, credentials: "same-origin" });
    const text = await answer.text();
    if (mine !== asked) return;
    if (answer.redirected && !text.includes("drawer-body")) return void location.assign(url); // signed out meanwhile
    if (!answer.ok && !text.includes("drawer-body")) throw new Error(String(answer.status));
    const [head, body] = pieces(text);
    anchor(head, answer.url);
    anchor(body, answer.url);
    show(head, body);
    htmx.process(drawer);
    arrived(drawer);
  } catch {
    if (mine === asked) plain(name, make("p", { role: "alert" }, say("failed")), make("a", { href: url }, say("open")));
  }
}

/** Show the page at `url` in the drawer; `from` gets the focus back when it closes. */
export function openDrawer(url, from, name = "") {
  if (!drawer?.isConnected) build();
  if (!drawer.open) {
    opener = from ?? document.activeElement;
    drawer.showModal();
  }
  trail.push([url, name]);
  return fill(url, name);
}

const aside = (event) => event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;

on("click", "a[data-drawer]", (event, link) => {
  if (aside(event)) return;
  event.preventDefault();
  openDrawer(link.href, link, link.dataset.drawer);
});

// the pager and the filters of what the drawer shows stay in it
on("click", "#drawer .pager a", (event, link) => {
  if (aside(event)) return;
  event.preventDefault();
  trail.splice(-1, 1, [link.href, ""]);
  fill(link.href, "");
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.closest("#drawer") || form.method !== "get" || form.matches("[hx-get]")) return;
  event.preventDefault();
  const url = new URL(form.action);
  url.search = new URLSearchParams(new FormData(form)).toString();
  trail.splice(-1, 1, [url.href, ""]);
  fill(url.href, "");
});

on("click", "[data-close-drawer]", () => drawer?.close());
on("click", "[data-drawer-back]", () => {
  trail.pop();
  const last = trail.at(-1);
  if (last) fill(...last);
});
document.addEventListener("drawer:close", () => drawer?.open && drawer.close());

// htmx may put something into the drawer by itself: hx-target="#drawer"
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "drawer") return;
  if (!drawer?.isConnected) build();
  if (drawer.open) return;
  opener = event.detail.requestConfig?.elt;
  drawer.showModal();
});

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
  drawer.replaceChildren(
    make(
      "div",
      { class: "drawer-head" },
      make("button", { type: "button", class: "btn btn-sm", "data-drawer-back": "" }, say("back")),
      make("h2", { id: "drawer-title", tabindex: "-1" }),
      make("button", { type: "button", class: "btn btn-sm", "data-drawer-close": "" }, say("close")),
    ),
    make("div", { class: "drawer-body", id: "drawer-body", tabindex: "0", role: "region", "aria-labelledby": "drawer-title" }),
  );
  if (!drawer.isConnected) document.body.append(drawer);
  drawer.addEventListener("close", closed);
  drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
}

function closed() {
  asked += 1; // what is still on its way is no longer wanted
  trail.length = 0;
  drawer.querySelector(".drawer-body").replaceChildren();
  const back = opener?.isConnected ? opener : document.getElementById(opener?.id);
  back?.focus({ preventScroll: true });
}

/** What of an answer belongs into the drawer: a piece as it is, of a whole page its content. */
function piece(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const inside = page.querySelector("[data-drawer-content]") ?? (/<html[\s>]/i.test(html) ? page.querySelector("main") : page.body);
  const heading = inside?.querySelector("[data-drawer-title], h1, h2");
  const title = heading?.textContent.trim() || page.title;
  if (heading?.matches("[data-drawer-title], h1")) heading.remove();
  return { title, html: inside?.innerHTML ?? "" };
}

async function fill(url, name) {
  const mine = ++asked;
  const body = drawer.querySelector(".drawer-body");
  const title = drawer.querySelector("#drawer-title");
  title.textContent = name || say("loading");
  body.setAttribute("aria-busy", "true");
  drawer.querySelector("[data-drawer-back]").hidden = trail.length < 2;
  try {
    const headers = { "HX-Request": "true", "HX-Target": "drawer-body", "HX-Current-URL": location.href };
    const answer = await fetch(url, { headers, credentials: "same-origin" });
    const text = await answer.text();
    if (mine !== asked) return;
    if (answer.redirected && /\/(login|accounts)\//.test(new URL(answer.url).pathname)) return location.assign(url);
    if (!answer.ok && !text.includes("data-drawer-content")) throw new Error(String(answer.status));
    const found = piece(text);
    title.textContent = found.title || name;
    body.innerHTML = found.html;
  } catch {
    if (mine !== asked) return;
    body.replaceChildren(make("p", { role: "alert" }, say("failed")), make("a", { href: url }, say("open")));
  }
  body.removeAttribute("aria-busy");
  body.scrollTop = 0;
  htmx.process(body);
  arrived(body);
  title.focus({ preventScroll: true });
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

on("click", "a[data-drawer]", (event, link) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  openDrawer(link.href, link, link.dataset.drawer || link.title);
});
on("click", "[data-drawer-close]", () => drawer?.close());
on("click", "[data-drawer-back]", () => {
  trail.pop();
  const last = trail.at(-1);
  if (last) fill(...last);
});
document.addEventListener("drawer:close", () => drawer?.open && drawer.close());

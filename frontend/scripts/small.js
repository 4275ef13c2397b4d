// Menus, the phone's navigation, copying, "as of", filters that send themselves, chart or table.
import { announce, on, onArrival } from "./dom.js";
import { language, say } from "./texts.js";

// menus: <details data-menu> closes by Escape and by a click beside it
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target instanceof Element && event.target.closest("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// the navigation on a phone: <button data-toggle-nav aria-controls="nav" aria-expanded="false">
on("click", "[data-toggle-nav]", (_, button) => {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  document.getElementById(button.getAttribute("aria-controls"))?.classList.toggle("open", open);
});

// a <details id="…"> that the address names stands open; <a href="?…#id" data-unfold> opens it without a new page
function unfold() {
  const fold = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!fold || fold.localName !== "details") return;
  fold.open = true;
  fold.scrollIntoView();
  fold.querySelector("summary").focus({ preventScroll: true });
}
on("click", "a[data-unfold]", (event, link) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (location.hash === link.hash) unfold();
  else location.hash = link.hash;
});
addEventListener("hashchange", unfold);
addEventListener("DOMContentLoaded", unfold);

// a button that shows and hides something: <button data-toggle="#id" aria-expanded="false">
on("click", "[data-toggle]", (_, button) => {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(open));
  for (const target of document.querySelectorAll(button.dataset.toggle)) target.hidden = !open;
});
on("click", "[data-print]", () => print());
on("click", "[data-dismiss]", (_, button) => button.closest(button.dataset.dismiss || ".alert, .banner")?.remove());

// <button data-copy="#id">: the text of that element, onto the clipboard
on("click", "[data-copy]", async (_, button) => {
  const source = document.querySelector(button.dataset.copy);
  const text = (source.value ?? source.textContent).trim();
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    // no clipboard on a page without TLS: select it for the person
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    done = document.execCommand?.("copy") ?? false;
  }
  const label = [...button.childNodes].findLast((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()) ?? button;
  const before = (button.dataset.copyBefore ??= label.textContent);
  label.textContent = ` ${say(done ? "copied" : "copyByHand")}`;
  announce(label.textContent.trim());
  setTimeout(() => (label.textContent = before), 4000);
});

// <time datetime="…" data-ago>: "3 minutes ago"; the server's words stay in its title
const UNITS = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const words = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });

function ago(element) {
  const then = Date.parse(element.dateTime);
  if (Number.isNaN(then)) return;
  element.title ||= element.textContent.trim();
  const seconds = (then - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
  // seconds would change under the reader's eyes: the first minute is "now"
  const told = unit === "second" ? words.format(0, "second") : words.format(Math.trunc(seconds / size), unit);
  element.textContent = told.replace(/(\d)(\p{Script=Han})/gu, "$1 $2"); // a space between digits and Han, as elsewhere
}
const allTimes = (root) => root.querySelectorAll("time[data-ago]").forEach(ago);
onArrival(allTimes);
setInterval(() => allTimes(document), 30000);

// <form data-auto-submit>: sends itself when a choice changes or typing pauses; empty fields stay out of the address
let waiting;
const later = (form, time) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => form.isConnected && form.requestSubmit(), time);
};
const KEPT = "balm:focus";

on("change", "form[data-auto-submit] select, form[data-auto-submit] input:not([type=search]):not([type=text])", (_, field) =>
  later(field.form, 250),
);
on("input", "form[data-auto-submit] input[type=search], form[data-auto-submit] input[type=text]", (event, field) => {
  if (!event.isComposing) later(field.form, 600); // never in the middle of writing a Chinese word
});
on("compositionend", "form[data-auto-submit] input", (_, field) => later(field.form, 600));
on("submit", "form[data-auto-submit]", (_, form) => {
  clearTimeout(waiting);
  const { activeElement } = document;
  if (activeElement?.name && form.contains(activeElement)) sessionStorage.setItem(KEPT, `${location.pathname} ${activeElement.name}`);
});
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-auto-submit]")) return;
  for (const [key, value] of [...event.formData]) if (value === "") event.formData.delete(key);
});

function refocus() {
  const [path, name] = (sessionStorage.getItem(KEPT) ?? "").split(" ");
  sessionStorage.removeItem(KEPT);
  if (!name || path !== location.pathname || document.activeElement !== document.body) return;
  const field = document.querySelector(`form[data-auto-submit] [name="${CSS.escape(name)}"]`);
  field?.focus({ preventScroll: true });
  if (field?.matches("input[type=search], input[type=text]")) field.setSelectionRange(field.value.length, field.value.length);
}
addEventListener("DOMContentLoaded", refocus);

// chart or table: <div data-views> <button data-show="chart" aria-pressed="true"> … <div data-view="chart"> …
function show(views, name) {
  for (const button of views.querySelectorAll("[data-show]")) {
    button.setAttribute("aria-pressed", String(button.dataset.show === name));
    button.classList.toggle("active", button.dataset.show === name);
  }
  for (const view of views.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== name;
  dispatchEvent(new Event("resize")); // a chart that was hidden has no size yet
}
on("click", "[data-views] [data-show]", (_, button) => show(button.closest("[data-views]"), button.dataset.show));
onArrival((root) => {
  const all = [...root.querySelectorAll("[data-views]"), ...(root.matches?.("[data-views]") ? [root] : [])];
  for (const views of all) {
    const pressed = views.querySelector("[data-show][aria-pressed=true]") ?? views.querySelector("[data-show]");
    if (pressed) show(views, pressed.dataset.show);
  }
});

// a box that scrolls sideways must be reachable by keys
onArrival((root) => {
  for (const box of root.querySelectorAll(".table-scroll")) {
    if (box.scrollWidth > box.clientWidth && !box.hasAttribute("tabindex")) box.tabIndex = 0;
  }
});

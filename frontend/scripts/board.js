// Columns of cards that are sorted by dragging, by keys, or by buttons. One post a move; what the server refuses goes back.
//   <div data-board data-url="URL"> <section data-column="must"><h3>…</h3><ol> <li data-item="ID" tabindex="0"> …
//   buttons inside a card: data-move="left | right | up | down"
import { announce, csrf, on } from "./dom.js";
import { say } from "./texts.js";

const list = (column) => column.querySelector("ol, ul") ?? column;
const items = (column) => [...list(column).querySelectorAll(":scope > [data-item]")];
const columns = (card) => [...card.closest("[data-board]").querySelectorAll("[data-column]")];
const nameOf = (card) => (card.dataset.name || card.querySelector("h3, h4, a, strong")?.textContent || card.textContent).trim();
const nameOfColumn = (column) =>
  column.dataset.columnName || column.querySelector("h2, h3, h4")?.textContent.trim() || column.dataset.column;
const placeOf = (card) => ({ parent: card.parentElement, next: card.nextElementSibling });

let lifted = null; // {card, from}
let dragged = null;

function put(card, { parent, next }) {
  parent.insertBefore(card, next?.parentElement === parent ? next : null);
}

function tell(card) {
  const column = card.closest("[data-column]");
  const all = items(column);
  const place = all.indexOf(card) + 1;
  announce(say("moved", { name: nameOf(card), column: nameOfColumn(column), place, all: all.length }));
}

function count(board) {
  for (const column of board.querySelectorAll("[data-column]")) {
    const shown = column.querySelector("[data-column-count]");
    if (shown) shown.textContent = String(items(column).length);
  }
}

async function save(card, from) {
  const column = card.closest("[data-column]");
  const data = new FormData();
  data.set("item", card.dataset.item);
  data.set("column", column.dataset.column);
  data.set("position", String(items(column).indexOf(card)));
  const board = card.closest("[data-board]");
  count(board);
  try {
    const headers = { "X-CSRFToken": csrf(), "X-Requested-With": "XMLHttpRequest" };
    const answer = await fetch(board.dataset.url, { method: "POST", body: data, headers, credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.status === 409 ? await answer.text() : "");
    document.querySelector("[data-board-error]")?.replaceChildren();
    board.dispatchEvent(new CustomEvent("balm:moved", { bubbles: true, detail: Object.fromEntries(data) }));
    tell(card);
  } catch (error) {
    put(card, from);
    count(board);
    // a refusal (409) says in plain text why; anything else does not speak to people
    const why = error.name === "Error" ? error.message : "";
    const told = `${say("notSaved", { name: nameOf(card) })} ${why}`.trim();
    announce(told);
    document.querySelector("[data-board-error]")?.replaceChildren(told);
  }
}

/** One step; false where there is nowhere to go. */
function step(card, way) {
  const here = card.closest("[data-column]");
  const all = items(here);
  const at = all.indexOf(card);
  if (way === "up" && at > 0) list(here).insertBefore(card, all[at - 1]);
  else if (way === "down" && at < all.length - 1) list(here).insertBefore(all[at + 1], card);
  else if (way === "left" || way === "right") {
    const next = columns(card)[columns(card).indexOf(here) + (way === "left" ? -1 : 1)];
    if (!next) return false;
    list(next).insertBefore(card, items(next)[Math.min(at, items(next).length)] ?? null);
  } else return false;
  return true;
}

on("click", "[data-board] [data-move]", (event, button) => {
  event.preventDefault();
  const card = button.closest("[data-item]");
  const from = placeOf(card);
  if (!step(card, button.dataset.move)) return;
  button.focus();
  save(card, from);
});

function drop() {
  const { card, from } = lifted;
  lifted = null;
  card.classList.remove("lifted");
  if (from.parent !== card.parentElement || from.next !== card.nextElementSibling) save(card, from);
}

const WAYS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

document.addEventListener("keydown", (event) => {
  const card = event.target instanceof Element && event.target.closest("[data-board] [data-item]");
  const own = card && (event.target === card || event.target.closest("[data-grip]"));
  if (!own) return;
  if (event.key === " " || event.key === "Enter") {
    event.preventDefault();
    if (lifted) return drop();
    lifted = { card, from: placeOf(card) };
    card.classList.add("lifted");
    announce(say("lifted", { name: nameOf(card) }));
  } else if (lifted?.card === card && event.key === "Escape") {
    event.preventDefault();
    put(card, lifted.from);
    lifted = null;
    card.classList.remove("lifted");
    event.target.focus();
    announce(say("putBack", { name: nameOf(card) }));
  } else if (lifted?.card === card && WAYS[event.key]) {
    event.preventDefault();
    if (step(card, WAYS[event.key])) tell(card);
    event.target.focus();
  }
});

document.addEventListener("focusout", (event) => {
  // the focus left a lifted card: it stays where it is (a card that is being moved is focused again at once)
  setTimeout(() => lifted && event.target instanceof Element && !lifted.card.contains(document.activeElement) && drop());
});

// by hand: pointer events, so that mouse, pen and finger do the same
on("pointerdown", "[data-board] [data-item]", (event, card) => {
  if (event.button || event.target.closest("a, button:not([data-grip]), input, select, textarea, summary")) return;
  if (event.pointerType === "touch" && !event.target.closest("[data-grip]")) return;
  dragged = { card, from: placeOf(card), x: event.clientX, y: event.clientY, moving: false };
});

function over(x, y) {
  const hit = document.elementsFromPoint(x, y).find((e) => e.closest("[data-column]"));
  return hit?.closest("[data-column]");
}

document.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const { card, x, y } = dragged;
  if (!dragged.moving && Math.hypot(event.clientX - x, event.clientY - y) < 6) return;
  dragged.moving = true;
  event.preventDefault();
  card.classList.add("dragged");
  const column = over(event.clientX, event.clientY);
  if (!column || column.closest("[data-board]") !== card.closest("[data-board]")) return;
  const after = items(column).find((e) => {
    const box = e.getBoundingClientRect();
    return e !== card && event.clientY < box.top + box.height / 2;
  });
  if (after !== card.nextElementSibling || card.closest("[data-column]") !== column) list(column).insertBefore(card, after ?? null);
});

function release(keep) {
  if (!dragged) return;
  const { card, from, moving } = dragged;
  dragged = null;
  card.classList.remove("dragged");
  if (!moving) return;
  document.getSelection()?.removeAllRanges();
  if (!keep) put(card, from);
  else if (from.parent !== card.parentElement || from.next !== card.nextElementSibling) save(card, from);
}

document.addEventListener("pointerup", () => release(true));
document.addEventListener("pointercancel", () => release(false));
on("dragstart", "[data-board] [data-item]", (event) => event.preventDefault());
on("selectstart", "[data-board] [data-item]", (event) => dragged && event.preventDefault());

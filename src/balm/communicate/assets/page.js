// Switches the language of the page and opens the sentences behind a count. Customers' words only ever become text
// nodes. Everything comes from this file; nothing is fetched.
"use strict";

const words = JSON.parse(document.getElementById("words").textContent);
const $ = (id) => document.getElementById(id);
const PAGE = 50;
const AROUND = 2; // clauses shown on either side of a mention
let language = words.languages.indexOf(document.documentElement.lang);
let data = null;
let view = null;

document.documentElement.classList.add("js");

// ---- language

function ui(key, values) {
  const text = words.ui[key] ? words.ui[key][language] : key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? String(values[name]) : whole));
}

function setLanguage(code) {
  language = words.languages.indexOf(code);
  document.documentElement.lang = code;
  for (const e of document.querySelectorAll("[data-i]")) e.textContent = words.texts[e.dataset.i][language];
  for (const e of document.querySelectorAll("[data-a]")) {
    for (const pair of e.dataset.a.split(" ")) {
      const [name, i] = pair.split(":");
      e.setAttribute(name, words.texts[i][language]);
    }
  }
  for (const e of document.querySelectorAll("[data-language]")) {
    e.setAttribute("aria-pressed", String(e.dataset.language === code));
  }
  if (view) { fillChoices(); draw(); }
}

for (const e of document.querySelectorAll("[data-language]")) {
  e.addEventListener("click", () => setLanguage(e.dataset.language));
}

// ---- links into folded sections

function unfold() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") target.open = true;
}
window.addEventListener("hashchange", unfold);
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest('a[href^="#p-"]');
  if (link) document.getElementById(link.getAttribute("href").slice(1)).open = true;
});
unfold();

// ---- sentences

async function load() {
  const bytes = Uint8Array.from(atob($("sentences").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const plain = JSON.parse(await new Response(stream).text());
  const column = (c) => Array.from(c.rows, (ch) => c.values[ch.codePointAt(0) - 48]);
  const sum = (steps) => { let at = 0; return steps.map((s) => (at += s)); };
  data = { text: plain.text || [], columns: {}, total: plain.total, kept: plain.kept };
  for (const name of Object.keys(plain.columns)) data.columns[name] = column(plain.columns[name]);
  data.feedback = plain.feedback ? sum(plain.feedback.steps) : [];
  data.names = plain.feedback ? plain.feedback.values : [];
  data.customer = plain.customer ? sum(plain.customer.steps) : null;
  data.score = plain.score ? column(plain.score) : null;
  data.day = plain.day ? plain.day.days : null;
  const small = (name) => (plain[name] ? Array.from(plain[name], (ch) => ch.codePointAt(0) - 49) : null);
  data.mention = small("mention");
  data.from = small("mark_start");
  data.to = small("mark_end");
  data.sure = small("confidence");
}

function matching(query) {
  const rows = [];
  const tests = Object.entries(query).filter(([name]) => !["unit", "first", "last"].includes(name));
  const columns = tests.map(([name, value]) => [data.columns[name], value]);
  for (let i = 0; i < data.text.length; i++) {
    if (columns.some(([column, value]) => !column || column[i] !== value)) continue;
    if ("first" in query && !(data.day && data.day[i] !== null && data.day[i] >= query.first && data.day[i] <= query.last)) continue;
    rows.push(i);
  }
  return rows;
}

// A unit is a sentence, a comment or a customer: the rows that one item of the list shows.
function units(rows, unit) {
  if (unit === "mention") return rows.map((i) => [i]);
  const found = new Map();
  for (const i of rows) {
    const key = unit === "customer" && data.customer && data.customer[i] >= 0 ? "c" + data.customer[i] : "f" + data.feedback[i];
    if (found.has(key)) found.get(key).push(i); else found.set(key, [i]);
  }
  return [...found.values()];
}

async function open(button) {
  const query = JSON.parse(button.dataset.q);
  view = { button, query, total: Number(button.dataset.n), all: [], shown: [], page: 0 };
  $("d-word").value = "";
  $("d-title").textContent = heading();
  $("d-note").textContent = ui("drawer.loading");
  $("d-list").replaceChildren();
  $("drawer").showModal();
  $("d-title").focus();
  try {
    if (!data) await load();
  } catch (error) {
    $("d-note").textContent = ui("drawer.failed");
    return;
  }
  view.sampled = data.kept < data.total;
  view.all = units(matching(query), query.unit);
  if (data.sure) {
    const sure = (rows) => Math.max(...rows.map((i) => data.sure[i]));
    view.all = view.all.map((rows) => [sure(rows), rows]).sort((a, b) => b[0] - a[0]).map(([, rows]) => rows);
  }
  fillChoices();
  filter();
}

function heading() {
  return view.button.dataset.t.split(" ").map((i) => words.texts[i][language]).join(" · ");
}

function signed(value) {
  return String(value).replace("-", "\u2212");
}

function option(value, text) {
  const e = document.createElement("option");
  e.value = value;
  e.textContent = text;
  return e;
}

function fillChoices() {
  const present = (column) => [...new Set(view.all.flat().map((i) => column[i]))];
  const language_ = $("d-language"), score = $("d-score");
  const [l, s] = [language_.value, score.value];
  const codes = present(data.columns.language || []).sort();
  language_.replaceChildren(option("", ui("drawer.any")), ...codes.map((c) => option(c, ui("language." + c))));
  language_.value = codes.includes(l) ? l : "";
  score.parentElement.hidden = !data.score || data.score.every((v) => v === null);
  if (data.score) {
    const values = present(data.score).sort((a, b) => (a === null) - (b === null) || a - b);
    const shown = values.length > 30 ? [] : values;
    score.replaceChildren(option("", ui("drawer.any")),
      ...shown.map((v) => option(String(v), v === null ? ui("drawer.no_score") : signed(v))));
    score.value = shown.map(String).includes(s) ? s : "";
  }
}

function filter() {
  const word = $("d-word").value.trim().toLowerCase();
  const l = $("d-language").value, s = data.score ? $("d-score").value : "";
  const passes = (i) => (!word || data.text[i].toLowerCase().includes(word))
    && (!l || data.columns.language[i] === l) && (!s || String(data.score[i]) === s);
  view.shown = view.all.filter((rows) => rows.some(passes));
  view.page = 0;
  draw();
}

function draw() {
  const n = (value) => value.toLocaleString("en-US");
  $("d-title").textContent = heading();
  const where = Object.entries(view.query).filter(([name]) => name !== "unit" && name !== "first" && name !== "last")
    .map(([name, value]) => name + " = " + value).join(", ");
  $("d-note").textContent = view.all.length >= view.total || !view.sampled
    ? ui("drawer.all", { n: n(view.all.length) })
    : ui("drawer.some", { shown: n(view.all.length), n: n(view.total), where });
  const from = view.page * PAGE, rows = view.shown.slice(from, from + PAGE);
  $("d-list").replaceChildren(...rows.map(item));
  $("d-list").start = from + 1;
  $("d-list").scrollTop = 0;
  $("d-page").textContent = view.shown.length
    ? ui("drawer.page", { a: n(from + 1), b: n(from + rows.length), n: n(view.shown.length) }) : ui("drawer.none");
  $("d-previous").disabled = view.page === 0;
  $("d-next").disabled = from + PAGE >= view.shown.length;
}

function item(rows) {
  const li = document.createElement("li");
  const comments = new Map();
  for (const i of rows) {
    const key = data.feedback[i];
    if (comments.has(key)) comments.get(key).push(i); else comments.set(key, [i]);
  }
  for (const mine of comments.values()) li.append(passage(mine));
  const i = rows[0], about = [];
  if (view.query.unit === "customer" && data.customer && data.customer[i] >= 0) {
    about.push(ui("drawer.customer", { n: data.customer[i] + 1 }));
  }
  about.push([...new Set(rows.map((r) => data.names[data.feedback[r]]))].join(", "));
  if (data.day && data.day[i] !== null) about.push(new Date(data.day[i] * 864e5).toISOString().slice(0, 10));
  if (data.score && !$("d-score").parentElement.hidden) about.push(data.score[i] === null ? ui("drawer.no_score") : ui("drawer.score") + " " + signed(data.score[i]));
  const small = document.createElement("small");
  small.textContent = about.join(" · ");
  li.append(small);
  return li;
}

// What one comment says: the mentions in question in ink, what stands around them in grey.
function passage(mine) {
  const p = document.createElement("p");
  const code = data.columns.language ? data.columns.language[mine[0]] : "";
  if (words.languages.includes(code)) p.lang = code;
  p.dir = "auto";
  const same = (i) => i >= 0 && i < data.text.length && data.feedback[i] === data.feedback[mine[0]];
  const near = (i) => mine.includes(i) || (data.mention && mine.some((m) => Math.abs(i - m) <= AROUND));
  let first = mine[0], end = mine[mine.length - 1] + 1;
  while (same(first - 1) && near(first - 1)) first--;
  while (same(end) && near(end)) end++;
  let before = -1;
  // a clause with two themes is two mentions with the same words: shown once
  const shown = new Set(mine.map((m) => data.text[m]));
  for (let i = first; i < end; i++) {
    if (!same(i) || !near(i)) continue;
    if (!mine.includes(i) && shown.has(data.text[i])) { if (data.mention) before = data.mention[i]; continue; }
    shown.add(data.text[i]);
    const next = data.mention ? data.mention[i] : before + 1;
    if (p.lastChild) p.append(" ");
    if (next !== before + 1) p.append("… ");
    before = next;
    const e = document.createElement("span");
    e.className = mine.includes(i) ? "m" : "ctx";
    if (mine.includes(i)) marked(e, i); else e.textContent = data.text[i];
    p.append(e);
  }
  if (same(end) && data.mention) p.append(" …");
  return p;
}

// The words that coded it underlined; while a filter is on, its word is marked instead.
function marked(e, i) {
  const start = data.from ? data.from[i] : -1;
  if ($("d-word").value.trim() || start < 0) { highlight(e, data.text[i]); return; }
  const text = Array.from(data.text[i]), told = document.createElement("span");
  told.className = "told";
  told.textContent = text.slice(start, data.to[i]).join("");
  e.append(text.slice(0, start).join(""), told, text.slice(data.to[i]).join(""));
}

function highlight(p, text) {
  const word = $("d-word").value.trim().toLowerCase(), lower = text.toLowerCase();
  if (!word || lower.length !== text.length) { p.textContent = text; return; }
  let at = 0;
  for (let hit = lower.indexOf(word); hit >= 0; hit = lower.indexOf(word, at)) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(hit, hit + word.length);
    p.append(text.slice(at, hit), mark);
    at = hit + word.length;
  }
  p.append(text.slice(at));
}

function turn(step) {
  view.page += step;
  draw();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest && event.target.closest("button[data-q]");
  if (button) open(button);
});
$("d-close").addEventListener("click", () => $("drawer").close());
$("drawer").addEventListener("click", (event) => { if (event.target === $("drawer")) $("drawer").close(); });
$("drawer").addEventListener("close", () => { if (view) view.button.focus(); });
$("d-word").addEventListener("input", filter);
$("d-language").addEventListener("change", filter);
$("d-score").addEventListener("change", filter);
$("d-previous").addEventListener("click", () => turn(-1));
$("d-next").addEventListener("click", () => turn(1));

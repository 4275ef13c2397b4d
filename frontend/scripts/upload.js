// A form with `data-upload`: drop a file on it, see how far it is. Without a script it is a plain file form.
import { announce, arrived, make, on, onArrival } from "./dom.js";
import { htmx } from "./fresh.js";
import { say } from "./texts.js";

/** Forms whose file is on its way: a second click, or the browser's own event after a drop, sends nothing twice. */
const sending = new WeakSet();
const field = (form) => form.querySelector("input[type=file]");

function progressOf(form) {
  let box = form.querySelector("[data-upload-progress]");
  if (!box) {
    box = make("div", { "data-upload-progress": "", class: "mt-3" });
    form.append(box);
  }
  const bar = make("progress", { max: "100", value: "0" });
  const text = make("p", { class: "soft mb-1", role: "status" });
  const stop = make("button", { type: "button", class: "btn btn-sm mt-2" }, say("cancel"));
  bar.setAttribute("aria-label", field(form).files[0].name);
  box.replaceChildren(text, bar, stop);
  box.hidden = false;
  return { box, bar, text, stop };
}

function complain(form, message) {
  sending.delete(form);
  const box = form.querySelector("[data-upload-progress]");
  box?.replaceChildren(make("p", { class: "field-error", role: "alert" }, message));
  form.querySelectorAll("button, input").forEach((e) => (e.disabled = false));
}

/** The answer is a page: go where it went, or show what it says about the file. */
function answered(form, request) {
  const next = request.getResponseHeader("HX-Redirect");
  const asked = new URL(form.action, location.href).href;
  if (next) return location.assign(next);
  if (request.status === 413 && !request.responseText.includes("<main")) return complain(form, say("tooLarge"));
  if (request.status < 400 && request.responseURL && request.responseURL !== asked) return location.assign(request.responseURL);
  const main = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
  const here = document.querySelector("main");
  if (!main || !here) return complain(form, `${say("failed")} (${request.status})`);
  here.replaceWith(main);
  htmx.process(main);
  arrived(main);
  (main.querySelector("[role=alert], .alert, .field-error, .errorlist") ?? main).scrollIntoView({ block: "center" });
  return undefined;
}

function send(form) {
  sending.add(form);
  const { bar, text, stop } = progressOf(form);
  const { name, size } = field(form).files[0];
  const { uploadLimit, uploadTooLarge } = form.dataset;
  // a server stops listening to what is far too large, and its answer is lost
  if (uploadLimit && size > Number(uploadLimit)) return complain(form, uploadTooLarge || say("tooLarge"));
  const request = new XMLHttpRequest();
  const leaving = (event) => event.preventDefault();
  const done = () => window.removeEventListener("beforeunload", leaving);
  let said = -1;
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.floor((100 * event.loaded) / event.total);
    bar.value = percent;
    text.textContent = say("sending", { name, percent });
    if (percent >= said + 25) announce(say("sending", { name, percent: (said = percent) }));
  });
  request.upload.addEventListener("load", () => {
    bar.removeAttribute("value");
    text.textContent = say("checking", { name });
  });
  request.addEventListener("load", () => (done(), answered(form, request)));
  request.addEventListener("error", () => (done(), complain(form, say("lost"))));
  request.addEventListener("abort", () => (done(), complain(form, ""), field(form).focus()));
  stop.addEventListener("click", () => request.abort());
  window.addEventListener("beforeunload", leaving);
  const data = new FormData(form);
  form.querySelectorAll("button[type=submit], input").forEach((e) => (e.disabled = true));
  request.open("POST", form.action);
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.send(data);
  return undefined;
}

function chosen(form) {
  const file = field(form).files[0];
  const name = form.querySelector("[data-upload-name]");
  if (name) name.textContent = file ? file.name : "";
  if (file && "uploadAuto" in form.dataset && !sending.has(form)) form.requestSubmit();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-upload]") || event.defaultPrevented || !field(form)?.files.length) return;
  event.preventDefault();
  if (!sending.has(form)) send(form);
});

on("change", "form[data-upload] input[type=file]", (_, input) => chosen(input.form));

onArrival((root) => {
  for (const zone of root.querySelectorAll("form[data-upload] .drop, form[data-upload].drop")) {
    const form = zone.closest("form");
    let depth = 0;
    const mark = (by) => zone.classList.toggle("over", (depth = Math.max(0, depth + by)) > 0);
    zone.addEventListener("dragenter", (event) => (event.preventDefault(), mark(1)));
    zone.addEventListener("dragleave", () => mark(-1));
    zone.addEventListener("dragover", (event) => event.preventDefault());
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      depth = 0;
      mark(0);
      const { files } = event.dataTransfer;
      if (!files.length) return;
      const one = new DataTransfer();
      (field(form).multiple ? [...files] : [files[0]]).forEach((f) => one.items.add(f));
      field(form).files = one.files;
      chosen(form);
    });
  }
});

// a file that misses the zone must not replace the page
for (const type of ["dragover", "drop"]) {
  window.addEventListener(type, (event) => {
    const inField = event.target instanceof Element && event.target.closest(".drop, input[type=file]");
    if (event.dataTransfer?.types.includes("Files") && !inField) event.preventDefault();
  });
}

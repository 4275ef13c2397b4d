// "Really?" before what cannot simply be undone: `data-confirm` on a form, button or link, and htmx's `hx-confirm`.
import { make, on } from "./dom.js";
import { say } from "./texts.js";

/** Ask; resolves to true where the person goes on. */
export function ask(text, action = "", danger = false) {
  const go = make("button", { type: "button", class: danger ? "btn btn-danger" : "btn btn-primary" }, action || say("ok"));
  const stop = make("button", { type: "button", class: "btn", autofocus: "" }, say("cancel"));
  const dialog = make(
    "dialog",
    { class: "ask", "aria-describedby": "ask-text" },
    make("p", { id: "ask-text" }, text),
    make("div", { class: "ask-actions" }, stop, go),
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    go.addEventListener("click", () => dialog.close("yes"));
    stop.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}

const confirmed = new WeakSet();
const question = (element) => [element.dataset.confirm, element.dataset.confirmAction, "confirmDanger" in element.dataset];

document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    const asks = event.submitter?.dataset.confirm ? event.submitter : form.dataset.confirm ? form : null;
    if (!asks || confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    if (!(await ask(...question(asks)))) return;
    confirmed.add(form);
    form.requestSubmit(submitter);
  },
  true,
);

on("click", "a[data-confirm]", async (event, link) => {
  event.preventDefault();
  if (await ask(...question(link))) location.assign(link.href);
});

document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  const { elt } = event.detail;
  if (await ask(event.detail.question, elt.dataset.confirmAction, "confirmDanger" in elt.dataset)) {
    event.detail.issueRequest(true);
  }
});

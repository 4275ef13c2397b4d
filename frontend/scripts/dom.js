// Small helpers that the parts share.

/** Call `act(event, element)` for clicks (or another event) on elements that match `selector`, now and later. */
export function on(type, selector, act) {
  document.addEventListener(type, (event) => {
    const found = event.target instanceof Element ? event.target.closest(selector) : null;
    if (found) act(event, found);
  });
}

/** Make an element: `make("button", {class: "btn", type: "button"}, "Close", …)`. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The token that Django asks of every post. */
export function csrf() {
  return (
    document.querySelector("meta[name=csrf-token]")?.content ||
    document.querySelector("[name=csrfmiddlewaretoken]")?.value ||
    document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ||
    ""
  );
}

let region;

/** Say `text` to a screen reader without moving the focus. */
export function announce(text) {
  if (!region?.isConnected) {
    region = make("div", { class: "visually-hidden", "aria-live": "polite" });
    (document.querySelector("dialog[open]") ?? document.body).append(region);
  }
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 50);
}

/** Functions to run on every new piece of the page: at the start, in the drawer, after a swap. */
const arrivals = [];
export const onArrival = (act) => arrivals.push(act);
export const arrived = (root) => arrivals.forEach((act) => act(root));

// New figures take the place of those on the page, unless a person is in the middle of something there.
const LOOK = 1000;
const AGAIN = 15000; // after an answer that did not bring them

const changed = (field) =>
  field.matches("select")
    ? [...field.options].some((option) => option.selected !== option.defaultSelected)
    : field.matches("[type=checkbox], [type=radio]")
      ? field.checked !== field.defaultChecked
      : !field.matches("[type=hidden]") && field.value !== field.defaultValue;

function busy(main) {
  const { activeElement } = document;
  return (
    document.hidden ||
    document.querySelector("dialog[open]") !== null ||
    main.querySelector(".secret, .errorlist, [role=alert], [data-keep], .lifted, .dragged, details[data-menu][open]") !== null ||
    (main.contains(activeElement) && activeElement.matches("input, select, textarea, [contenteditable]")) ||
    getSelection()?.type === "Range" ||
    [...main.querySelectorAll("input, select, textarea")].some(changed)
  );
}

let next = 0;

function look() {
  const main = document.getElementById("main");
  if (!main?.querySelector("[data-fresh]") || Date.now() < next || busy(main)) return;
  next = Date.now() + AGAIN;
  const focused = main.contains(document.activeElement) ? document.activeElement.id : "";
  window.balm?.htmx
    .ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerHTML", source: document.body })
    .then(() => focused && document.getElementById(focused)?.focus({ preventScroll: true }));
}

setInterval(look, LOOK);

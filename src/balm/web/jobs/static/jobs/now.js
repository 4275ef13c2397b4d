// New figures take the place of those on the page, unless a person is in the middle of something there.
const LOOK = 1000;
const AGAIN = 15000; // after an answer that did not bring them

function chosen(select) {
  const options = [...select.options];
  // without one that is chosen in the page, a single choice starts at its first
  const none = !select.multiple && !options.some((option) => option.defaultSelected);
  return options.some((option, place) => option.selected !== (none ? place === 0 : option.defaultSelected));
}

const changed = (field) =>
  field.matches("select")
    ? chosen(field)
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

async function look() {
  const main = document.getElementById("main");
  if (!main?.querySelector("[data-fresh]") || Date.now() < next || busy(main)) return;
  next = Date.now() + AGAIN;
  // not by htmx, which some pages answer with a part of theirs
  const answer = await fetch(location.href, { credentials: "same-origin" });
  const text = await answer.text();
  const whole = new DOMParser().parseFromString(text, "text/html").getElementById("main");
  if (!answer.ok || answer.redirected || !whole || busy(main)) return;
  const focused = main.contains(document.activeElement) ? document.activeElement.id : "";
  window.balm.htmx.swap(main, text, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 20 }, { select: "#main" });
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

setInterval(() => look().catch(() => {}), LOOK); // the server may be away: it is asked again

// Draws <div class="chart" data-chart="ID"> from <script type="application/json" id="ID">, as SVG.
import { BarChart, GaugeChart, LineChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { announce } from "./dom.js";
import { say } from "./texts.js";

use([BarChart, GaugeChart, LineChart, ScatterChart, AriaComponent, GridComponent, LegendComponent]);
use([MarkAreaComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const still = matchMedia("(prefers-reduced-motion: reduce)");
const drawn = new Map(); // container → chart
const watch = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) if (contentRect.width) drawn.get(target)?.resize();
});

/** What JSON cannot say: a tooltip is the text that its point carries. */
function complete(option) {
  option.animation = !still.matches && option.animation !== false;
  option.animationDuration = 250;
  if (option.tooltip) {
    option.tooltip.renderMode = "richText"; // as HTML it would need inline styles
    option.tooltip.confine = true;
    option.tooltip.formatter = (points) =>
      [points].flat().map((p) => p.data?.tip).filter(Boolean).join("\n");
  }
  return option;
}

/** Points that say something, in order: [series, index, item]. */
function pointsOf(option) {
  return option.series.flatMap((series, s) =>
    (series.data ?? []).map((item, i) => [s, i, item]).filter(([, , item]) => item?.tip),
  );
}

/** Keys: arrows walk through the points, Enter opens what a point counts. */
function walk(box, chart, option, open) {
  const points = pointsOf(option);
  if (!points.length || box.closest("a, button")) return;
  const linked = points.some(([, , item]) => item.url);
  let at = -1;
  box.tabIndex = 0;
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", `${option.aria?.label?.description ?? ""} ${say("points", { n: points.length })}`.trim());
  const go = (next) => {
    at = Math.max(0, Math.min(points.length - 1, next));
    const [seriesIndex, dataIndex, item] = points[at];
    chart.dispatchAction({ type: "downplay" });
    chart.dispatchAction({ type: "highlight", seriesIndex, dataIndex });
    chart.dispatchAction({ type: "showTip", seriesIndex, dataIndex });
    announce(item.tip);
    mark(box, dataIndex);
  };
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: points.length };
    if (event.key in steps) go(steps[event.key]);
    else if (event.key === "Enter" && points[at]?.[2].url) open(points[at][2].url, box);
    else if (event.key === "Escape") chart.dispatchAction({ type: "hideTip" });
    else return;
    event.preventDefault();
  });
  box.addEventListener("blur", () => (chart.dispatchAction({ type: "hideTip" }), chart.dispatchAction({ type: "downplay" }), mark(box, -1)));
  if (linked) chart.on("click", ({ data }) => data?.url && open(data.url, box));
}

const tableOf = (box) => document.querySelector(`[data-link-chart="${CSS.escape(box.dataset.chart)}"]`);

/** Show in the table beside a chart which row a point is: <table data-link-chart="ID"> with <tr data-index="0">. */
function mark(box, index) {
  for (const row of tableOf(box)?.querySelectorAll("[data-index]") ?? [])
    row.classList.toggle("linked", Number(row.dataset.index) === index);
}

function link(box, chart) {
  chart.on("mouseover", ({ dataIndex }) => mark(box, dataIndex));
  chart.on("mouseout", () => mark(box, -1));
  const light = (type, row) => chart.dispatchAction({ type, seriesIndex: 0, dataIndex: Number(row.dataset.index) });
  for (const row of tableOf(box)?.querySelectorAll("[data-index]") ?? []) {
    for (const type of ["mouseenter", "focusin"]) row.addEventListener(type, () => light("highlight", row));
    for (const type of ["mouseleave", "focusout"]) row.addEventListener(type, () => light("downplay", row));
  }
}

function one(box, { open }) {
  if (drawn.has(box)) return;
  const source = document.getElementById(box.dataset.chart);
  if (!source) return;
  const { balm = {}, ...told } = JSON.parse(source.textContent);
  const option = complete(told);
  if (balm.message) return void (box.textContent = balm.message);
  if (balm.kind === "bars") box.style.height = `${balm.height}px`;
  const locale = /^zh/i.test(box.closest("[lang]")?.lang ?? "") ? "ZH" : "EN";
  const chart = init(box, null, { renderer: "svg", locale });
  drawn.set(box, chart);
  chart.setOption(option);
  if (!box.getAttribute("role")) box.setAttribute("role", "img");
  if (!balm.quiet) walk(box, chart, option, open);
  link(box, chart);
  watch.observe(box);
}

/** Draw every chart under `root`; forget those that have left the page. */
export function draw(root, { open }) {
  for (const [box, chart] of drawn) {
    if (box.isConnected) continue;
    watch.unobserve(box);
    chart.dispose();
    drawn.delete(box);
  }
  for (const box of root.querySelectorAll(".chart[data-chart]")) one(box, { open });
}

addEventListener("beforeprint", () => drawn.forEach((chart) => chart.resize({ animation: { duration: 0 } })));

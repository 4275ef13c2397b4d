// Bundles styles and scripts into src/balm/web/site/static/balm and holds them to their size over the wire.
import { build, transform } from "esbuild";
import * as fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import * as sass from "sass";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const HOME = path.join(HERE, "../src/balm/web/site/static/balm");
const OUT = path.join(HERE, `made-${process.pid}`); // moved home when all is well, so that a running server misses nothing
const BROWSERS = ["chrome123", "edge123", "firefox121", "safari17.5"];
const LIMITS = { "balm.css": 60, "balm.js": 40, "charts.js": 200 }; // KB, gzip
const BUNDLED = ["@tabler/core", "@tabler/icons", "echarts", "zrender", "tslib", "htmx.org"];

const read = (...parts) => fs.readFileSync(path.join(HERE, ...parts), "utf-8");
const write = (name, text) => {
  const to = path.join(OUT, name);
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.writeFileSync(to, text);
};

/** Pictures inside the style sheet become files: a policy of `img-src 'self'` refuses data addresses. */
function pictures(css) {
  const names = new Map();
  return css.replace(/url\((["'])data:image\/svg\+xml,(.*?)\1\)/gs, (_, quote, data) => {
    const svg = decodeURIComponent(data.replaceAll("\\" + quote, quote));
    if (!names.has(svg)) {
      names.set(svg, `img/${names.size + 1}.svg`);
      write(names.get(svg), svg.trim() + "\n");
    }
    return `url("${names.get(svg)}")`;
  });
}

async function styles() {
  const { css } = sass.compile(path.join(HERE, "styles/balm.scss"), { quietDeps: true, logger: sass.Logger.silent });
  const small = await transform(pictures(css), { loader: "css", minify: true, target: BROWSERS, charset: "utf8" });
  write("balm.css", small.code);
}

const scripts = () =>
  build({
    entryPoints: [path.join(HERE, "scripts/balm.js"), path.join(HERE, "scripts/charts.js")],
    bundle: true,
    minify: true,
    format: "esm",
    target: BROWSERS,
    charset: "utf8",
    legalComments: "none", // their licenses are in NOTICE.txt
    outdir: OUT,
    logLevel: "warning",
  });

function icons() {
  const names = read("icons.txt").split("\n").filter((line) => line && !line.startsWith("#"));
  const symbols = names.map((name) => {
    const svg = read("node_modules/@tabler/icons/icons/outline", `${name}.svg`);
    const inside = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    const shapes = inside.replace(/<path stroke="none"[^>]*\/>/, "").replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
  });
  write("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`);
  write("favicon.svg", read("favicon.svg"));
}

/** Beside each text a copy for the wire: the server sends it as it lies there, and compresses nothing while it serves. */
function compress() {
  for (const name of fs.readdirSync(OUT, { recursive: true }).filter((f) => /\.(css|js|svg)$/.test(f))) {
    const bytes = fs.readFileSync(path.join(OUT, name));
    write(`${name}.gz`, gzipSync(bytes, { level: 9 }));
    write(`${name}.br`, brotliCompressSync(bytes));
  }
}

/** The license texts a package carries, or ours of it where it carries none. */
function licenses(name) {
  const folder = path.join(HERE, "node_modules", name);
  const named = fs.readdirSync(folder, { recursive: true }).filter((f) => /^(licen[cs]es?[^/]*|notice[^/]*)(\/[^/]+)?$/i.test(f));
  const found = named.map((f) => path.join(folder, f)).filter((f) => fs.statSync(f).isFile());
  const files = found.length ? found : [path.join(HERE, "licenses", `${name.replace("/", "-")}.txt`)];
  return files.sort().map((f) => fs.readFileSync(f, "utf-8").trim());
}

function notice() {
  const parts = ["Balm's pages bundle the following works, each under its own license.\n"];
  for (const name of BUNDLED) {
    const { version, license } = JSON.parse(read("node_modules", name, "package.json"));
    parts.push(`${"=".repeat(78)}\n${name} ${version} (${license})\n\n${licenses(name).join("\n\n")}\n`);
  }
  write("NOTICE.txt", parts.join("\n"));
}

function weigh() {
  let heavy = false;
  for (const [name, limit] of Object.entries(LIMITS)) {
    const bytes = fs.readFileSync(path.join(OUT, name));
    const [gzip, brotli] = [gzipSync(bytes, { level: 9 }), brotliCompressSync(bytes)].map((b) => b.length / 1024);
    heavy ||= gzip > limit;
    console.log(`${name}: ${gzip.toFixed(1)} KB gzip, ${brotli.toFixed(1)} KB brotli (limit ${limit} KB)`);
  }
  if (heavy) throw new Error("over the limit");
}

try {
  await Promise.all([styles(), scripts()]);
  icons();
  notice();
  compress();
  weigh();
  fs.mkdirSync(path.dirname(HOME), { recursive: true });
  fs.rmSync(HOME, { recursive: true, force: true });
  fs.renameSync(OUT, HOME);
} finally {
  fs.rmSync(OUT, { recursive: true, force: true });
}

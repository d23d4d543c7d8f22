// Builds what the pages load into the folder given first, with hashed names and a manifest.
// Called by `python -m maillage_portal.assets`, which names the icons that the templates use.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const [outDir, iconNames] = process.argv.slice(2);
if (!outDir) throw new Error("usage: node build.mjs OUT_DIR icon,icon,…");

const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 10);

async function bundle() {
  const result = await build({
    entryPoints: ["src/app.js", "src/map.js", "src/events.js", "styles/main.css", "styles/map.css"],
    outdir: outDir,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2020", "chrome100", "firefox100", "safari15"],
    loader: { ".woff2": "file", ".png": "empty" },
    publicPath: "/static",
    metafile: true,
    logLevel: "warning",
    legalComments: "linked",
  });
  const manifest = {};
  for (const [file, meta] of Object.entries(result.metafile.outputs)) {
    if (meta.entryPoint) manifest[path.basename(meta.entryPoint)] = path.basename(file);
    for (const input of Object.keys(meta.inputs)) {
      if (input.endsWith(".woff2")) manifest[path.basename(input)] = path.basename(file);
    }
  }
  return manifest;
}

async function sprite(names) {
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
      const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
      return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inner.replace(/\s*\n\s*/g, "")}</symbol>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

async function copyHashed(name, bytes) {
  const { name: stem, ext } = path.parse(name);
  const file = `${stem}-${hashOf(bytes)}${ext}`;
  await writeFile(path.join(outDir, file), bytes);
  return file;
}

async function compressAll() {
  for (const file of await readdir(outDir)) {
    if (!/\.(js|css|svg)$/.test(file)) continue;
    const bytes = await readFile(path.join(outDir, file));
    await writeFile(path.join(outDir, `${file}.br`), brotliCompressSync(bytes));
    await writeFile(path.join(outDir, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  }
}

await rm(outDir, { recursive: true, force: true });
await mkdir(outDir, { recursive: true });
const manifest = await bundle();
manifest["icons.svg"] = await copyHashed("icons.svg", await sprite(iconNames.split(",").filter(Boolean).sort()));
for (const name of await readdir("images")) {
  manifest[name] = await copyHashed(name, await readFile(path.join("images", name)));
}
await compressAll();
await writeFile(path.join(outDir, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);

/** Bundles src/ into dist/: one small entry, and what is heavy in chunks of its own that load when they are needed. */
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// A file that is saved while the build runs must count as newer than the bundle.
const began = new Date();
const out = fileURLToPath(new URL('dist/', import.meta.url));
const keepOldChunksMs = 24 * 60 * 60 * 1000;

const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
  entryPoints: { kw: 'src/cli/main.ts' },
  outdir: 'dist',
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  loader: { '.md': 'text' },
  // ssh2 tries these native parts and does without them.
  external: ['*.node', 'cpu-features'],
  // Packages in CommonJS call require() for Node's own modules, and ask where they lie.
  banner: {
    js: "import{createRequire as kwRequire}from'node:module';const require=kwRequire(import.meta.url),__dirname=import.meta.dirname;",
  },
});

/** Chunks are named by their content and stay for a day: a kw that is running loads its own, whatever is built meanwhile. */
await mkdir(out, { recursive: true });
const entry = outputFiles.filter(file => basename(file.path) === 'kw.js');
for (const file of [...outputFiles.filter(file => !entry.includes(file)), ...entry]) {
  await writeFile(`${file.path}.part`, file.contents);
  await utimes(`${file.path}.part`, began, began);
  await rename(`${file.path}.part`, file.path);
}

const current = new Set(outputFiles.map(file => basename(file.path)));
for (const name of await readdir(out)) {
  if (!/\.js(\.map)?$/.test(name) || current.has(name)) continue;
  const { mtimeMs } = await stat(join(out, name));
  if (began.getTime() - mtimeMs > keepOldChunksMs) await rm(join(out, name), { force: true });
}

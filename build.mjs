#!/usr/bin/env node
/**
 * Bundles src/. For a checkout: dist/kw.js, one small entry, and what is heavy in chunks of its own that load when they
 * are needed. To carry away: dist/bin/kw, one executable file that needs Node.js alone and holds the manual, the schema
 * and the pins; `npm pack` packs it. `--single` writes that alone.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

// A file that is saved while the build runs must count as newer than the bundle.
const began = new Date();
const root = fileURLToPath(new URL('.', import.meta.url));
const out = join(root, 'dist');
const keepOldChunksMs = 24 * 60 * 60 * 1000;

/** Packages in CommonJS call require() for Node's own modules, and ask where they lie. */
const commonJs =
  "import{createRequire as kwRequire}from'node:module';const require=kwRequire(import.meta.url),__dirname=import.meta.dirname;";

/** Tells two builds of one version apart, whoever makes them and wherever they lie: a digest of the sources. */
const digestOfSources = async () => {
  const hash = createHash('sha256');
  const names = (await readdir(join(root, 'src'), { recursive: true })).filter(name => name.endsWith('.ts')).sort();
  for (const name of names)
    hash
      .update(`${name}\0`)
      .update(await readFile(join(root, 'src', name)))
      .update('\0');
  return hash.digest('hex').slice(0, 12);
};

const settings = {
  absWorkingDir: root,
  define: { KW_BUILD: JSON.stringify(await digestOfSources()) },
  entryPoints: { kw: 'src/cli/main.ts' },
  write: false,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  loader: { '.md': 'text' },
  // ssh2 tries these native parts and does without them.
  external: ['*.node', 'cpu-features'],
};

const place = async (path, contents, mode) => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, contents);
  if (mode) await chmod(`${path}.part`, mode);
  await utimes(`${path}.part`, began, began);
  await rename(`${path}.part`, path);
};

/** What travels in the one file: as src/artifacts/program-files.ts asks for it. */
const carried = async () => {
  const folders = { docs: /\.(md|json|jsonl)$/, man: /\.1$/, pins: /\/go\.(mod|sum)$/, 'src/clinic/cases': /\.md$/ };
  const below = await Promise.all(
    Object.entries(folders).map(async ([folder, wanted]) =>
      (await readdir(join(root, folder), { recursive: true }))
        .map(name => `${folder}/${name}`)
        .filter(path => wanted.test(path)),
    ),
  );
  const paths = ['README.md', ...below.flat()].sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async path => [path, await readFile(join(root, path), 'utf8')])),
  );
};

const embed = {
  name: 'embed',
  setup: one =>
    one.onLoad({ filter: /[/\\]src[/\\]artifacts[/\\]embedded\.ts$/ }, async () => ({
      contents: `export const embedded = ${JSON.stringify(await carried())};`,
      loader: 'js',
    })),
};

/** The first statement of the file, in words that an old Node.js reads: it says what it is, and shows no stack. */
const oldNode =
  "var v=process.versions.node.split('.').map(Number);if(v[0]<20||(v[0]===20&&v[1]<19)){console.error('kw: Node.js 20.19 or newer is needed, this is '+process.version+'. Put a newer one (https://nodejs.org) first in PATH.');process.exit(64)}";

/** CommonJS: a file without an ending and without a package.json above it is read as that by every Node.js. */
const single = async () => {
  const { outputFiles } = await build({
    ...settings,
    format: 'cjs',
    outfile: 'dist/bin/kw',
    plugins: [embed],
    banner: { js: oldNode },
    define: { ...settings.define, 'import.meta.url': '__filename' },
  });
  await place(join(out, 'bin/package.json'), '{ "type": "commonjs" }\n');
  await place(join(out, 'bin/kw'), outputFiles[0].contents, 0o755);
};

/** Chunks are named by their content and stay for a day: a kw that is running loads its own, whatever is built meanwhile. */
const chunks = async () => {
  const { outputFiles } = await build({
    ...settings,
    outdir: 'dist',
    splitting: true,
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: commonJs },
  });
  const entry = outputFiles.filter(file => basename(file.path) === 'kw.js');
  for (const file of [...outputFiles.filter(file => !entry.includes(file)), ...entry])
    await place(file.path, file.contents);
  const current = new Set(outputFiles.map(file => basename(file.path)));
  for (const name of await readdir(out)) {
    if (!/\.js(\.map)?$/.test(name) || current.has(name)) continue;
    const { mtimeMs } = await stat(join(out, name));
    if (began.getTime() - mtimeMs > keepOldChunksMs) await rm(join(out, name), { force: true });
  }
};

// The file to carry away comes first: the launcher takes the age of dist/kw.js for the age of the build.
await single();
if (!process.argv.includes('--single')) await chunks();

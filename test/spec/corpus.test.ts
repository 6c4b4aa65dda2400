/**
 * Broken files say `# expect: code` on the line of the mistake, or `# expect: code@line`; no more and no fewer may be
 * found.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clusterReference, clusterSchema, explainDefaults, readCluster } from '../../src/spec/index.js';

const corpus = new URL('../corpus/cluster-files/', import.meta.url);
const files = (folder: string) =>
  readdirSync(new URL(`${folder}/`, corpus))
    .filter(name => name.endsWith('.yaml'))
    .map(name => ({ name, text: readFileSync(new URL(`${folder}/${name}`, corpus), 'utf8') }));

const expected = (text: string): readonly string[] =>
  text
    .split('\n')
    .flatMap((line, i) =>
      (/expect: (.+)$/.exec(line)?.[1] ?? '')
        .split(', ')
        .filter(Boolean)
        .map(code => (code.includes('@') ? code : `${code}@${i + 1}`)),
    )
    .sort();

describe('broken cluster files', () => {
  it('are many', () => {
    expect(files('broken').length).toBeGreaterThan(35);
  });

  it.each(files('broken'))('$name', ({ name, text }) => {
    const read = readCluster(text, name);
    expect(read.ok).toBe(false);
    const problems = read.ok ? [] : read.problems;
    expect(problems.map(({ code, at }) => `${code}@${at?.line}`).sort()).toEqual(expected(text));
    expect(problems.map(({ at }) => at?.file)).toEqual(problems.map(() => name));
    for (const { says, help } of problems) expect(`${says} ${help}`).not.toMatch(/\[object|NaN|undefined \(/);
    expect(explainDefaults(text, name).every(({ why }) => why)).toBe(true);
  });
});

describe('good cluster files', () => {
  it.each(files('good'))('$name', async ({ name, text }) => {
    const read = readCluster(text, name);
    expect(read).toMatchObject({ ok: true, warnings: [] });
    if (read.ok)
      await expect(
        `${JSON.stringify({ spec: read.value, defaults: explainDefaults(text, name).map(({ path }) => path) }, null, 1)}\n`,
      ).toMatchFileSnapshot(`../corpus/cluster-files/golden/${name.replace('.yaml', '.json')}`);
  });
});

describe('documents', () => {
  const doc = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

  it('are fresh: npx tsx scripts/generate-docs.ts', () => {
    expect(doc('cluster-file.md')).toBe(clusterReference());
    expect(JSON.parse(doc('cluster.schema.json'))).toEqual(clusterSchema());
  });

  it('show only files that are good', () => {
    const shown = [...doc('cluster-file.md').matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) =>
      readCluster(text, 'doc'),
    );
    expect(shown.length).toBe(2);
    expect(shown.map(read => (read.ok ? read.warnings : read.problems))).toEqual([[], []]);
  });
});

it('a mapping with a key length where a text is wanted is a mistake with its place', () => {
  const checked = readCluster(
    'name: demo\nkubernetes: {length: {toString: null}}\nhosts: [10.0.0.1]\n',
    'cluster.yaml',
  );
  expect(checked.ok).toBe(false);
  expect(!checked.ok && checked.problems.map(one => one.at?.line)).toContain(2);
});

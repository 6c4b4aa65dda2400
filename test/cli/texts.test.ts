/** Everything that README, docs and help tell people to type or to write is taken by the program. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { CommandSpec } from '../../src/cli/command.js';
import { commands } from '../../src/cli/commands.js';
import { lives, readCluster } from '../../src/spec/index.js';
import { callsIn, codeOf, refusal, refusalInProse } from './command-lines.js';

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', 'AGENTS.md', 'bench/README.md']
  .concat(readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map(name => `docs/${name}`))
  .filter(name => name.endsWith('.md'));
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

const keys = Object.keys(lives).map(key => key.replaceAll('[]', ''));
const tops = new Set(keys.map(key => key.split('.')[0] ?? ''));

describe('a line with kw is one that it takes', () => {
  test.each(pages)('in %s', page => {
    const { lines, spans } = codeOf(textOf(page));
    const wrong = [...lines.map(line => [line, false] as const), ...spans.map(line => [line, true] as const)].flatMap(
      ([line, named]) =>
        callsIn(line).flatMap(call => {
          const why = refusal(call, named);
          return why === undefined ? [] : [`kw ${call}: ${why}`];
        }),
    );
    expect(wrong).toEqual([]);
  });

  const all = (some: readonly CommandSpec[], above = ''): readonly (readonly [string, CommandSpec])[] =>
    some.flatMap(one => [[`${above}${one.name}`, one] as const, ...all(one.commands ?? [], `${above}${one.name} `)]);
  test.each(all(commands))('in the examples of %s', (_, { examples = [] }) => {
    const calls = examples.flatMap(callsIn);
    expect(calls.length >= (examples.length > 0 ? 1 : 0)).toBe(true);
    expect(calls.flatMap(call => refusal(call) ?? [])).toEqual([]);
  });

  test('a planted slip is found', () => {
    const page =
      'Text `kw upp`.\n\n```\nsudo ./kw plan --explian-defaults   # all\n```\n\n    kw up | tee x && kw heal --nope\n';
    const { lines, spans } = codeOf(page);
    const calls = [...lines, ...spans].flatMap(callsIn);
    expect(calls).toEqual(['plan --explian-defaults', 'up', 'heal --nope', 'upp']);
    expect(calls.filter(call => refusal(call) !== undefined)).toEqual([
      'plan --explian-defaults',
      'heal --nope',
      'upp',
    ]);
    expect(refusalInProse('run kw doctor --nope, then kw frobnicate')).toHaveLength(2);
    expect(refusalInProse('kw does it: kw doctor --verbose')).toEqual([]);
  });
});

/** Every sentence of the program's own sources that names a command of it. */
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(name =>
  /\.(ts|md)$/.test(name),
);

test('a command that a text of the program names is one of its commands', () => {
  const found = sources.flatMap(name => {
    const text = readFileSync(join(root, 'src', name), 'utf8');
    const told = name.endsWith('.md') ? text : text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
    return refusalInProse(told).map(one => `${name}: ${one}`);
  });
  expect(sources.length).toBeGreaterThan(300);
  expect(found).toEqual([]);
});

describe('a cluster file in a page is one that it reads', () => {
  const blocks = pages.flatMap(page =>
    [...textOf(page).matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)].map(
      ([, text = ''], n) => [`${page}, block ${n + 1}`, text] as const,
    ),
  );
  test('there are some', () => expect(blocks.length).toBeGreaterThan(0));
  test.each(blocks)('%s', (_, text) => {
    const value = parse(text) as Readonly<Record<string, unknown>>;
    // Of another program, if no key is one of the cluster file.
    if (!Object.keys(value).some(key => tops.has(key))) return;
    // What is a part of a file stands in the smallest one that has the rest.
    const whole = 'hosts' in value ? value : { name: 'demo', hosts: ['10.0.0.1', '10.0.0.2', '10.0.0.3'], ...value };
    const result = readCluster(stringify({ apiVersion: 'kubewizard/v1', kind: 'Cluster', ...whole }), 'cluster.yaml');
    expect(result.ok ? [] : result.problems.map(({ says }) => says)).toEqual([]);
  });
});

describe('a key that a text names is a key of the cluster file', () => {
  /** Maps take any key below them. */
  const isKey = (path: string): boolean =>
    keys.some(
      key => key === path || key.startsWith(`${path}.`) || path.startsWith(`${key}.`) || key === `hosts.${path}`,
    );
  const unknown = (text: string): readonly string[] =>
    [...text.matchAll(/(?<![\w./$-])([a-z][A-Za-z]+(?:\.[a-z][A-Za-z]+)+)(?![\w/(-]|\.\w)/g)]
      .map(([, path = '']) => path)
      .filter(path => tops.has(path.split('.')[0] ?? '') && !isKey(path) && !isFile(path));
  const isFile = (path: string): boolean => /\.(yaml|json|ts|md|sh|conf|key|crt|service|timer)$/.test(path);
  test.each(pages.filter(page => !/decisions|architecture|contributing/.test(page)))('in %s', page => {
    const { lines, spans } = codeOf(textOf(page));
    expect([...lines, ...spans].filter(code => !/[(=]/.test(code)).flatMap(unknown)).toEqual([]);
  });
  test('a planted slip is found', () => {
    expect(unknown('ssh.hostKey endpoint.balanse components.etcd.extraArgs.x network.vxlan.id pki.days')).toEqual([
      'endpoint.balanse',
      'pki.days',
    ]);
  });
});

test('a line is parsed, and nothing of it is run', () => {
  let ran = 0;
  const load = () => {
    ran += 1;
    return Promise.reject(new Error('it ran'));
  };
  const saved = commands.map(one => one.load);
  for (const one of commands) if (one.load) Object.assign(one, { load });
  try {
    for (const one of commands) refusal(one.name);
  } finally {
    for (const [at, one] of commands.entries()) if (saved[at]) Object.assign(one, { load: saved[at] });
  }
  expect(ran).toBe(0);
});

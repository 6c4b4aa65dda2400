/** One table of components (src/model/components.ts): nobody else writes down where they listen. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { components } from '../src/model/components.js';
import { nodesOf } from './nodes.js';

const ports = components.flatMap(one => [...one.ports.map(({ port }) => port), one.insecurePort ?? 0]).filter(Boolean);
const named = new Set(ports.map(String));
const inUrl = new RegExp(`127\\.0\\.0\\.1:(?:${ports.join('|')})\\b`);

/** Where the same number is another thing. */
const other: Readonly<Record<string, string>> = {
  'blueprint/components/health.ts': 'what a person reads in the probe of a unit',
  'blueprint/metrics/container.ts': 'the port of metrics-server in its own pod',
};

/** Numbers, and addresses in scripts and commands; sentences and patterns for what people paste may name a port. */
const isPort = (node: ts.Node): boolean => {
  const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
  return (ts.isNumericLiteral(node) && named.has(node.text)) || (isText && inUrl.test(node.text));
};
const written = (path: string, text: string): readonly string[] => nodesOf(path, text, isPort);

test('ports of components are written in their table alone', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    path => path.endsWith('.ts') && !path.startsWith('lab/') && path !== 'model/components.ts' && !(path in other),
  );
  expect(files.length).toBeGreaterThan(500);
  expect(files.flatMap(path => written(path, readFileSync(join('src', path), 'utf8')))).toEqual([]);
});

test.each([
  'const portOf = { kubelet: 10250 }[program];',
  'const secure = [10257, 10259];',
  "ask('https://127.0.0.1:10257/healthz')",
  'sh`curl http://127.0.0.1:10248/healthz -o ${path}`',
])('one that is written elsewhere is seen: %s', line => {
  expect(written('planted.ts', line).length).toBeGreaterThan(0);
});

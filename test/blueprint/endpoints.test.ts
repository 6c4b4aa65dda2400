/** Several endpoints at once: what load balancers listen on, by which router ids addresses are carried, what hosts tell. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import { carriedBy } from '../../src/blueprint/components/endpoints.js';
import { haproxyConfig, keepalivedConfig, kubeletConf } from '../../src/blueprint/render/paths.js';
import { builtScript, readBuilt } from '../../src/facts/host/built.js';
import { fields } from '../../src/facts/host/fields.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import type { Built, Carried } from '../../src/model/host-facts.js';
import { routerIdFor } from '../../src/model/router-id.js';
import type { FileWant } from '../../src/resources/wants.js';
import { readCluster } from '../../src/spec/index.js';
import { emptyHost, inputFor, released } from '../golden/input.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-endpoints-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const specOf = (endpoint: string): ClusterSpec => {
  const text = `name: demo\nkubernetes: 1.29.3\nhosts: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]\nendpoint: ${endpoint}\n`;
  const checked = readCluster(text, 'cluster.yaml');
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const inputOf = (spec: ClusterSpec, carries: readonly Carried[] = []) => {
  const input = inputFor(spec, released('1.29.3', '1.7.27'));
  const built: Built = { runs: [], peers: [], carries };
  return { ...input, facts: new Map(spec.hosts.map(({ name }) => [name, emptyHost(name, { built })])) };
};
const textOf = (spec: ClusterSpec, host: string, path: string): string => {
  const one = cluster(inputOf(spec)).find(each => each.host === host && each.key === path);
  if (!one) throw new Error(`${host} has no ${path}`);
  return (one.want as FileWant).content.join('');
};

const mine = routerIdFor('demo');
const old: Carried = { address: '10.0.0.100', id: mine, instance: 'kubernetes_api' };
const next: Carried = { address: '10.0.0.101', id: mine + 1, instance: `kubernetes_api_${mine + 1}` };

test('an address keeps its router id and its name, whichever of them the cluster uses', () => {
  expect(carriedBy(inputOf(specOf('{address: 10.0.0.100}')))).toEqual([old]);
  const both = specOf('{address: 10.0.0.101, also: [10.0.0.100]}');
  expect(carriedBy(inputOf(both, [old]))).toEqual([next, old]);
  expect(carriedBy(inputOf(both, [next, old]))).toEqual([next, old]);
  expect(carriedBy(inputOf(specOf('{address: 10.0.0.101}'), [next, old]))).toEqual([next]);
  expect(carriedBy(inputOf(specOf('{address: 10.0.0.101}'), [next]))).toEqual([next]);
  expect(carriedBy(inputOf(specOf('{address: 10.0.0.100, also: [10.0.0.101]}'), [next]))[0]).toEqual(old);
});

test('a router id that is written is taken, but not from another address', () => {
  expect(carriedBy(inputOf(specOf('{address: 10.0.0.100, virtualRouterId: 77}'), [old]))[0]?.id).toBe(77);
  const theirs = { ...old, id: 77 };
  const both = specOf('{address: 10.0.0.101, virtualRouterId: 77, also: [10.0.0.100]}');
  expect(carriedBy(inputOf(both, [theirs])).map(({ id }) => id)).toEqual([78, 77]);
});

test('each host listens for all that it serves, and says so by its files', () => {
  const spec = specOf('{address: 10.0.0.101, port: 9443, also: [10.0.0.100, 127.0.0.1, api.example.com]}');
  const [plane, , , worker] = spec.hosts.map(({ name }) => name) as [string, string, string, string];
  expect(textOf(spec, plane, haproxyConfig)).toContain('  bind *:9443\n  bind *:8443\n  bind 127.0.0.1:8443\n');
  expect(textOf(spec, worker, haproxyConfig)).toMatch(/kubernetes-api\n {2}bind 127.0.0.1:8443\n {2}default/);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const path of [haproxyConfig, keepalivedConfig]) put(path, textOf(spec, plane, path));
  put(kubeletConf, 'clusters:\n- cluster:\n    server: https://10.0.0.100:8443\n  name: x\n');
  put('/var/lib/kubewizard/x', '');
  put('/run/kubewizard/started/kw-haproxy.service', `${root}${haproxyConfig}=1:2:3|\n`);
  const script = builtScript.replaceAll(/(?<=[ "=])\/(etc|var|run)\//g, `${root}/$1/`);
  const output = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  expect(readBuilt(output, fields(output))).toMatchObject({
    binds: ['*:9443', '*:8443', '127.0.0.1:8443'],
    carries: [
      { address: '10.0.0.101', id: mine, instance: 'kubernetes_api' },
      { address: '10.0.0.100', id: mine + 1, instance: `kubernetes_api_${mine + 1}` },
    ],
    behind: ['haproxy'],
    asks: ['10.0.0.100:8443'],
  });
});

import { expect, test } from 'vitest';
import { main } from '../../src/cli/run.js';
import { readCluster } from '../../src/spec/index.js';
import { wishWords } from '../../src/spec/wishes.js';

const head = 'apiVersion: kubewizard/v1\nkind: Cluster\nname: demo\n';

test.each(wishWords)('%s: a word that is not a command is answered with how', async word => {
  const words: string[] = [];
  const writeErr = (text: string): void => {
    words.push(text);
  };
  const code = await main([word], { writeOut: writeErr, writeErr }, false);
  // A later kw may have it.
  if (code !== 64) return;
  expect(words.join('')).toMatch(/is not a command, and this is how:\n {2}\S/);
});

test.each(['ingress', 'storage', 'oidc', 'cni', 'Ingress-Nginx', 'storageClass'])(
  '%s as a key: how, and no list of keys',
  key => {
    const read = readCluster(`${head}hosts: [10.0.0.1]\n${key}: {}\n`, 'f');
    expect(read.ok).toBe(false);
    expect(read.ok || read.problems.map(one => one.help)).toEqual([expect.not.stringContaining('known here')]);
  },
);

test('a network of another name is told how to have it', () => {
  const read = readCluster(`${head}hosts: [10.0.0.1]\nnetwork: {provider: cilium}\n`, 'f');
  expect(read.ok || read.problems[0]?.help).toContain('install Cilium');
});

test('tabs are one message, with the lines', () => {
  const read = readCluster(`${head}hosts:\n\t- 10.0.0.1\n\t- 10.0.0.2\nnetwork:\n\tpods: 10.0.0.0/16\n`, 'f');
  expect(read.ok || read.problems).toMatchObject([
    { code: 'yaml-syntax', says: '3 lines are indented with tabs: 5, 6, 8', at: { line: 5 } },
  ]);
});

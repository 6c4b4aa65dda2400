/** CAs at their end on the control machine: signed anew in memory, kept once it is agreed to, and never gone back on. */
import { beforeEach, expect, test } from 'vitest';
import { holdInMemory } from '../../src/engine/vault/store.js';
import { knownCluster } from '../../src/engine/vault/identity.js';
import { recover } from '../../src/engine/vault/recover.js';
import { openVault, type Vault } from '../../src/engine/vault.js';
import type { Input } from '../../src/blueprint/input.js';
import { authorityFiles, authorityKeys } from '../../src/model/rotated-authorities.js';
import { compare, ownerOf } from '../../src/preflight/ownership.js';
import { keyMatches } from '../../src/pki/key.js';
import { readCertificates } from '../../src/pki/read.js';
import { readCluster } from '../../src/spec/index.js';
import { authoritiesFor } from '../../src/workflow/build/authorities.js';
import { keepRenewed, renewing as renewingTold } from '../../src/workflow/build/renewed-authorities.js';
import { inputFor, released } from '../golden/input.js';

const began = new Date('2026-01-01T00:00:00Z');
const ended = new Date('2036-06-01T00:00:00Z');
const checked = readCluster(
  `name: demo\nkubernetes: 1.29.3\nendpoint: {address: 10.0.0.100}\nhosts:\n${[1, 2, 3]
    .map(n => `  - {name: kw-${n}, address: 10.0.0.1${n}, roles: [etcd, controlPlane]}\n`)
    .join('')}`,
  'cluster.yaml',
);
if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
const spec = checked.value;
const base = inputFor(spec, released('1.29.3', '2.1.9'));

let dirs = 0;
let dir = '';
const opened = async (at: Date): Promise<Vault> => {
  const vault = await openVault(dir, spec, { now: () => at, found: async () => [] });
  if (!vault.ok) throw new Error(JSON.stringify(vault.problems));
  return vault.value;
};
beforeEach(() => {
  said.length = 0;
  dir = `/nowhere/renewed-${process.pid}-${dirs++}`;
  holdInMemory(dir, {});
});

/** What each control plane shows of each CA. */
const inputOf = (vault: Vault, hosts: readonly Vault['authorities'][]): Input => {
  const marks = (one: Vault['authorities']) =>
    Object.fromEntries(authorityKeys.map(name => [name, { trust: one[name] }]));
  const facts = [...base.facts].map(([host, fact], n) => {
    const has = hosts[n] ?? hosts[0];
    return [host, has ? { ...fact, authorities: marks(has) } : fact] as const;
  });
  return { ...base, facts: new Map(facts), authorities: vault.authorities };
};
const secretFiles = async () => {
  throw new Error('no host is asked for keys');
};
const standing = async (vault: Vault, hosts: readonly Vault['authorities'][]): Promise<Input> => {
  const input = inputOf(vault, hosts);
  return { ...input, ...(await authoritiesFor({ spec, secretFiles }, input.facts, vault)) };
};

const said: string[] = [];
const renewing = (drawn: { readonly input: Input; readonly vault: Vault }, now: Date) =>
  renewingTold(
    { emit: event => said.push(event.type === 'note' ? event.says : event.type), ports: { clock: () => now } as never },
    drawn,
  );

test('before its end nothing is signed', async () => {
  const vault = await opened(began);
  const input = await standing(vault, [vault.authorities]);
  const { renewed, input: now } = await renewing({ input, vault }, new Date('2030-01-01'));
  expect([renewed, now.renewed, now.authorities]).toEqual([[], undefined, input.authorities]);
  expect(said).toEqual([]);
});

test('in memory alone until it is kept; then everybody signs with it, and the old one stays under its own name', async () => {
  const vault = await opened(began);
  const old = vault.authorities;
  const now = await renewing({ input: await standing(vault, [old]), vault }, ended);
  expect(now.renewed.map(({ name, ends }) => [name, ends.slice(0, 10)])).toEqual(
    authorityKeys.map(name => [name, '2035-12-30']),
  );
  expect(said.join()).toMatch(/by its own key.*the CA etcd\/ca, whose certificate ends on 2035-12-30/);
  for (const name of authorityKeys) expect(now.input.authorities[name]).not.toBe(old[name]);
  expect((await opened(ended)).authorities).toEqual(old);
  await keepRenewed(vault, now.input);
  const later = await opened(ended);
  expect(later.authorities).toEqual(now.input.authorities);
  for (const name of authorityKeys) {
    const { certPem, keyPem } = later.authority(name);
    expect(keyMatches(certPem, keyPem)).toBe(true);
  }
  expect(later.names().filter(name => /^pki\/(ca|etcd-ca|front-proxy-ca)-[0-9a-f]{12}\.crt$/.test(name))).toHaveLength(
    3,
  );
  const again = await renewing({ input: await standing(later, [now.input.authorities]), vault: later }, ended);
  expect([again.renewed, again.input.authorities]).toEqual([[], now.input.authorities]);
});

test('cut off after that: hosts that all still have the old one, or some of them, do not bring it back', async () => {
  const vault = await opened(began);
  const old = vault.authorities;
  const { input } = await renewing({ input: await standing(vault, [old]), vault }, ended);
  await keepRenewed(vault, input);
  for (const hosts of [
    [old, old, old],
    [input.authorities, old, old],
    [input.authorities, input.authorities, old],
  ]) {
    const next = await opened(ended);
    const now = await renewing({ input: await standing(next, hosts), vault: next }, ended);
    expect(now.input.authorities).toEqual(input.authorities);
    expect((await opened(ended)).authorities).toEqual(input.authorities);
  }
});

test('another control machine that knows the old one takes the new one from the hosts, and asks nobody for a key', async () => {
  const vault = await opened(began);
  const old = vault.authorities;
  const secrets = Object.fromEntries(vault.names().map(name => [name, vault.reveal(name)]));
  const { input } = await renewing({ input: await standing(vault, [old]), vault }, ended);
  dir = `${dir}-elsewhere`;
  holdInMemory(dir, secrets);
  const known = await knownCluster(dir, spec);
  const carried = { ca: input.authorities.ca, etcdCa: input.authorities['etcd/ca'], etcdData: false };
  const evidence = compare(known, { ...carried, marked: true, traces: [] });
  expect([evidence.ca, evidence.etcdCa, ownerOf(evidence, true)]).toEqual(['same', 'same', 'ours']);
  const elsewhere = await opened(ended);
  expect((await standing(elsewhere, [input.authorities])).authorities).toEqual(input.authorities);
  expect((await opened(ended)).authorities).toEqual(input.authorities);
});

test('a lost vault is rebuilt from hosts of which some have the new one: the youngest', async () => {
  const vault = await opened(began);
  const old = vault.authorities;
  const { input } = await renewing({ input: await standing(vault, [old]), vault }, ended);
  const on = (host: string, has: Vault['authorities']) => ({
    host,
    files: Object.fromEntries(
      authorityKeys.flatMap(name => [
        [authorityFiles(name).trust, has[name]],
        [authorityFiles(name).key, vault.reveal(`pki/${name}.key`)],
      ]),
    ),
  });
  for (const hosts of [
    [on('a', old), on('b', input.authorities)],
    [on('a', input.authorities), on('b', old)],
  ]) {
    const found = recover(hosts);
    for (const name of authorityKeys) expect(found[`pki/${name}.crt`]).toBe(input.authorities[name]);
  }
});

test('a CA of its owner, and one that is being exchanged, are left alone', async () => {
  const vault = await opened(began);
  const input = await standing(vault, [vault.authorities]);
  const owners = { ...spec, pki: { ...spec.pki, ca: { cert: 'a', key: 'b' } } } as typeof spec;
  const [signer = ''] = readCertificates(input.authorities['etcd/ca']).certificates.map(({ pem }) => pem);
  const rotating = { 'etcd/ca': { phase: 'signing', signer, key: 'pki/etcd/ca.key' } } as const;
  const { renewed } = await renewing({ input: { ...input, spec: owners, rotating }, vault }, ended);
  expect(renewed.map(({ name }) => name)).toEqual(['front-proxy-ca']);
});

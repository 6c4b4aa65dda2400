/**
 * Makes the healthy charts that fixtures start from: `npx tsx test/clinic/base/make.ts`. Certificates are real, their
 * CAs only for tests. With names of sections (`… make.ts sysctls modules`) it writes these alone into the charts that
 * are there: all else, and every certificate, stays as fixtures know it.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cluster } from '../../../src/blueprint/cluster.js';
import type { Input } from '../../../src/blueprint/input.js';
import { createAuthority, issueCertificate, type Pair } from '../../../src/pki/issue.js';
import { publicPemOf, serviceAccountKey } from '../../../src/pki/key.js';
import { readCluster } from '../../../src/spec/index.js';
import { chartFromJson, chartToJson, hostSections } from '../../../src/clinic/bundle/bundle-json.js';
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { inputFor, debian } from '../../golden/input.js';
import { asKubeadm } from './as-kubeadm.js';
import { apiOf } from './api.js';
import { hostOf, now } from './host.js';
import type { Made } from './made.js';

const folder = new URL('.', import.meta.url).pathname;
const start = new Date('2026-05-01T00:00:00Z');

const authority = async (name: string, commonName: string): Promise<Pair> => {
  const file = (end: string) => `${folder}pki/${name.replace('/', '-')}.${end}`;
  if (!existsSync(file('crt'))) {
    mkdirSync(`${folder}pki`, { recursive: true });
    const made = await createAuthority({ commonName, days: 3650, algorithm: 'ecdsa-p256', now: start });
    writeFileSync(file('crt'), made.certPem);
    writeFileSync(file('key'), made.keyPem);
  }
  return { certPem: readFileSync(file('crt'), 'utf8'), keyPem: readFileSync(file('key'), 'utf8') };
};

const file = readFileSync(`${folder}../../golden/five-hosts.yaml`, 'utf8').replace('VERSION', '1.20.2');
const checked = readCluster(file, 'five-hosts.yaml');
if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
const spec = checked.value;
const authorities = {
  ca: await authority('ca', 'kubernetes'),
  'etcd/ca': await authority('etcd/ca', 'etcd-ca'),
  'front-proxy-ca': await authority('front-proxy-ca', 'front-proxy-ca'),
};
// Another CA of the same name, for fixtures in which somebody made a second one.
await authority('other-ca', 'kubernetes');
await authority('foreign-ca', 'somebody-else');
const serviceAccount = await serviceAccountKey('ecdsa-p256');
const input: Input = {
  ...inputFor(spec, debian, {
    resolvConf: '/etc/resolv.conf',
    hasResolver: true,
    cgroup: 'v1',
    containerdVersion: '1.6.20',
    containerd: '/usr/bin/containerd',
    cniBin: '/usr/lib/cni',
  }),
  authorities: {
    ca: authorities.ca.certPem,
    'etcd/ca': authorities['etcd/ca'].certPem,
    'front-proxy-ca': authorities['front-proxy-ca'].certPem,
  },
};
const wanted = cluster(input);
const pairs = new Map<string, Pair>();
for (const one of wanted) {
  const request = (one.want as { request?: Parameters<typeof issueCertificate>[1] }).request;
  if (request)
    pairs.set(
      `${one.host}:${one.key}`,
      await issueCertificate(authorities[request.ca as 'ca'], request, { algorithm: 'ecdsa-p256', now: start }),
    );
}
const made: Made = {
  spec,
  wanted,
  pairs,
  authorities,
  sha256: text => createHash('sha256').update(text).digest('hex'),
  serviceAccountPublic: publicPemOf(serviceAccount.privatePem) ?? '',
};
const five = {
  now,
  hosts: new Map(spec.hosts.map(host => [host.name, hostOf(made, host)])),
  api: apiOf(made),
  spec,
  wanted,
};
const only = process.argv.slice(2);
const unknown = only.filter(name => !hostSections.some(section => section === name));
if (unknown.length > 0) throw new Error(`no section ${unknown.join(', ')}; sections: ${hostSections.join(', ')}`);

/** Of hosts that are there the named sections are taken from the new chart. */
const into = (old: Chart, fresh: Chart): Chart => ({
  ...old,
  hosts: new Map(
    [...old.hosts].map(([name, host]) => {
      const from = fresh.hosts.get(name);
      const taken = hostSections.filter(section => from && only.includes(section));
      return [name, { ...host, ...Object.fromEntries(taken.map(section => [section, from?.[section]])) }];
    }),
  ),
});
for (const [name, fresh] of [
  ['five', five],
  ['kubeadm', asKubeadm(five)],
] as const) {
  const path = `${folder}${name}.json`;
  const chart = only.length === 0 ? fresh : into(chartFromJson(readFileSync(path, 'utf8')), fresh);
  writeFileSync(path, `${chartToJson(chart)}\n`);
}

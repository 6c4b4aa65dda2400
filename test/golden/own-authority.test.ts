import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cluster } from '../../src/blueprint/cluster.js';
import { mask } from '../../src/model/content.js';
import { readCluster } from '../../src/spec/index.js';
import type { Wants } from '../../src/resources/wants.js';
import { debian, inputFor } from './input.js';

/** An owner's intermediate: signed by `Acme Root`, which is nowhere on the hosts. */
const intermediate = `-----BEGIN CERTIFICATE-----
MIIBtDCCAVqgAwIBAgIUNxd8R9Hw3HyPpQXtxjwtzajxFtowCgYIKoZIzj0EAwIw
IzENMAsGA1UECgwEQWNtZTESMBAGA1UEAwwJQWNtZSBSb290MB4XDTI2MTEyMjIy
Mjc0M1oXDTM1MDIwODIyMjc0M1owKTENMAsGA1UECgwEQWNtZTEYMBYGA1UEAwwP
QWNtZSBLdWJlcm5ldGVzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAESOlHu/7S
kZTVxuci2LsacSRbicRD9h4asttJp5j4FHpfwLTA4GLlblf81IB9RhXiI3+gGoX+
c3lveZB/vcByhaNmMGQwEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8BAf8EBAMC
AQYwHQYDVR0OBBYEFMZNls3yioyBFEjbAJWzM87DlfunMB8GA1UdIwQYMBaAFAeh
JJScrLlyRdTG3Xmdr1y2PhueMAoGCCqGSM49BAMCA0gAMEUCIFk+qmKV+/jk4iIC
yiuYSisl1aAbifTEp1mTt2u2OmhWAiEA3SGj3l25+3aYAoastPgqVj38kkyEpJ/S
wc8EnnqQ66o=
-----END CERTIFICATE-----
`;

test('haproxy cannot verify under an intermediate without its root, so its health check does not try', () => {
  const checked = readCluster(
    readFileSync(new URL('five-hosts.yaml', import.meta.url), 'utf8').replace('VERSION', '1.20.2'),
    'five-hosts.yaml',
  );
  if (!checked.ok) throw new Error('five-hosts.yaml is broken');
  const input = inputFor(checked.value, debian);
  const servers = (ca: string): readonly string[] =>
    cluster({ ...input, authorities: { ...input.authorities, ca } })
      .filter(one => one.host === 'kw-1' && one.key.endsWith('haproxy.cfg'))
      .flatMap(one =>
        mask((one.want as Wants['file']).content)
          .split('\n')
          .filter(line => line.startsWith('  server ')),
      );
  expect(servers(intermediate)).toHaveLength(3);
  expect(servers(intermediate).every(line => line.endsWith('check-ssl verify none'))).toBe(true);
  expect(servers('<CA certificate>').every(line => line.includes('verify required'))).toBe(true);
});

test('an owner’s intermediate is wanted behind every leaf of the cluster’s CA, and behind no other', () => {
  const checked = readCluster(
    readFileSync(new URL('five-hosts.yaml', import.meta.url), 'utf8').replace('VERSION', '1.20.2'),
    'five-hosts.yaml',
  );
  if (!checked.ok) throw new Error('five-hosts.yaml is broken');
  const leaves = cluster({ ...inputFor(checked.value, debian), chainPem: intermediate })
    .filter(one => one.kind === 'certificate' || one.kind === 'kubeconfig')
    .map(one => one.want as Wants['certificate'] | Wants['kubeconfig']);
  const chained = (ca: boolean) =>
    new Set(leaves.filter(leaf => (leaf.request.ca === 'ca') === ca).map(leaf => leaf.chainPem));
  expect([chained(true), chained(false)]).toEqual([new Set([intermediate]), new Set([''])]);
});

/** The credential that a kubelet has got by itself goes once another CA signs: by a real shell and real certificates. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { kubeletCredential } from '../../src/blueprint/components/kubelet-credential.js';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import type { RotatingAuthority } from '../../src/model/rotated-authorities.js';
import { readCluster } from '../../src/spec/index.js';
import type { Wants } from '../../src/resources/wants.js';
import { inputFor, released } from '../golden/input.js';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

const now = new Date();
const authority = () => createAuthority({ commonName: 'kubernetes', days: 30, algorithm: 'ecdsa-p256', now });
const credentialOf = (pair: Pair) =>
  issueCertificate(
    pair,
    {
      ca: 'ca',
      commonName: 'system:node:kw-1',
      organizations: ['system:nodes'],
      sans: [],
      usages: ['client'],
      days: 1,
    },
    { algorithm: 'ecdsa-p256', now },
  );

const wanted = (phase: RotatingAuthority['phase'], signer: string) => {
  const checked = readCluster(
    'name: one\nkubernetes: 1.37.2\nhosts: [{name: kw-1, address: 10.0.0.1, roles: [controlPlane, worker]}]\n',
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const input = inputFor(checked.value, released('1.37.2', '2.1.9'));
  const [host] = checked.value.hosts;
  const fact = input.facts.get('kw-1');
  if (!host || !fact) throw new Error('no host');
  const rotating = { ca: { phase, signer, key: 'pki/ca.key' } };
  return kubeletCredential({ ...input, host, fact, podCidr: '10.244.0.0/24', rotating });
};

test('only what another CA has signed speaks for it, and then it goes', async () => {
  const [old, next] = [await authority(), await authority()];
  const [one] = wanted('signing', next.certPem);
  if (!one) throw new Error('nothing is wanted');
  const { unless, run } = one.want as Wants['command'];
  const dir = mkdtempSync(join(tmpdir(), 'kw-credential-'));
  dirs.push(dir);
  const current = join(dir, 'kubelet-client-current.pem');
  const shell = (script: string): string =>
    execFileSync('sh', ['-c', script.replaceAll('/var/lib/kubelet/pki', dir).replaceAll('/etc/kubernetes', dir)], {
      encoding: 'utf8',
    });
  const put = async (pair: Pair) => {
    const { certPem, keyPem } = await credentialOf(pair);
    writeFileSync(current, certPem + keyPem);
  };
  expect(shell(unless)).toBe('');
  await put(next);
  expect(shell(unless)).toBe('');
  await put(old);
  expect(shell(unless)).toMatch(/another CA/);
  shell(run);
  expect(existsSync(current)).toBe(false);
  expect(existsSync(join(dir, 'kubelet.conf'))).toBe(true);
  expect(shell(unless)).toBe('');
});

test('nothing is wanted before the new one signs', async () => {
  const { certPem } = await authority();
  expect(wanted('trusting', certPem)).toEqual([]);
  expect(wanted('settled', certPem)).toEqual([]);
  expect(wanted('forgetting', certPem)).toHaveLength(1);
});

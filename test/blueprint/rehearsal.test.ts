import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { rehearsal, rehearsalFlags } from '../../src/blueprint/rehearsal/script.js';
import { readCluster } from '../../src/spec/index.js';

const specOf = (kubernetes: string, extra = '') => {
  const checked = readCluster(
    `apiVersion: kubewizard/v1
kind: Cluster
name: demo
kubernetes: ${kubernetes}
hosts:
  - { name: kw-1, address: 10.0.0.11, roles: [etcd, controlPlane] }
  - { name: kw-2, address: 10.0.0.12, roles: [etcd, controlPlane] }
  - { name: kw-3, address: 10.0.0.13, roles: [etcd, controlPlane] }
endpoint: { address: 10.0.0.10, balance: virtual-address }
${extra}`,
    'cluster.yaml',
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
};
const overrides = `components:
  apiserver:
    extraArgs: { etcd-servers-overrides: "/events#https://10.0.0.99:2379", event-ttl: 2h }
`;
const hostOf = (spec: ReturnType<typeof specOf>) => {
  const [host] = spec.hosts;
  if (!host) throw new Error('it has hosts');
  return host;
};

test('it talks to the restored etcd alone, whatever the file says, and with the flags of the file', () => {
  for (const version of ['1.36.3', '1.37.2']) {
    const spec = specOf(version, overrides);
    const flags = rehearsalFlags(spec, hostOf(spec));
    expect(flags['etcd-servers']).toBe('https://127.0.0.1:2379');
    expect(flags['event-ttl']).toBe('2h');
    const others = Object.values(flags).filter(value => /10\.0\.0\.(1[0235-9]|99)/.test(value));
    expect(others).toEqual([]);
    const written = Object.values(flags).filter(value => value.startsWith('/var/lib/kubewizard/rehearsal/scratch/'));
    expect(written.map(value => value.split('/').at(-1)).toSorted()).toEqual([
      'admission.yaml',
      'audit-policy.yaml',
      'audit.log',
      'authentication.yaml',
      'token',
    ]);
    expect(Object.values(flags)).not.toContain('/var/log/kubernetes/audit.log');
  }
});

test('its script, and the one inside it, are read by a POSIX shell; what the cluster runs from is never written', () => {
  const spec = specOf('1.37.2', overrides);
  const script = rehearsal({ host: hostOf(spec), next: spec, backup: '/var/lib/x y.db' });
  execFileSync('sh', ['-n'], { input: script });
  const inside = execFileSync('sh', ['-c', `${insideOnly(script)}; printf %s "$text"`], { encoding: 'utf8' });
  execFileSync('sh', ['-n'], { input: inside });
  expect(`${script}${inside}`).not.toMatch(/--token[ =]/);
  expect(inside).toContain('turn next /var/lib/kubewizard/rehearsal/kube-apiserver');
  const written = [...`${script}\n${inside}`.matchAll(/[^>&2]>\s*("?[\w/$.]+)/g)].map(([, path = '']) => path);
  expect(written.length).toBeGreaterThan(10);
  const scratch = /^"?\$scratch|^\/dev\/null$|^\/var\/lib\/kubewizard\/rehearsal|^\/proc\/self/;
  expect(written.filter(path => !scratch.test(path))).toEqual([]);
});

/** The text that the script writes to `inside`, as a value. */
const insideOnly = (script: string): string => {
  const from = script.lastIndexOf("printf %s '");
  const to = script.lastIndexOf(' >"$scratch/inside"');
  return `text=${script.slice(from + 'printf %s '.length, to)}`;
};

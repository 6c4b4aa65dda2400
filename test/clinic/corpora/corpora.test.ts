/** Law: whoever takes apart what other builders write is held by the healthy files of five of them at least. */
import { describe, expect, test } from 'vitest';
import { held } from './held.js';
import { isReader, readers } from './readers.js';

const enough = 5;

/** Held by fewer, and why that is all there is. A row that is no longer true fails. */
const fewer: Readonly<Record<string, string>> = {
  'src/clinic/cases/control-plane/manifest-missing-mount/case.ts': 'a log line of a file that is missing comes first',
  'src/clinic/cases/control-plane/probe-misses-its-target/static-pods.ts': 'etcd by a file: RKE2 and k3s alone',
  'src/clinic/cases/etcd/etcd-members-differ/compared.ts': 'etcd by a file: RKE2 and k3s alone',
  'src/clinic/cases/host/unit-changed-on-disk/case.ts': 'a unit that systemd read before it changed comes first',
  'src/clinic/cases/kubelet/cgroup-driver-mismatch/case.ts': 'the file of Docker, where the kubelet uses Docker',
  'src/clinic/cases/kubelet/kubelet-waiting/case.ts': 'a kubelet that does not run comes first',
  'src/clinic/cases/kubelet/swap-on/case.ts': 'swap in use comes first',
  'src/clinic/cases/network/network-policy-not-enforced/agents.ts': 'a NetworkPolicy comes first',
  'src/clinic/cases/pki/kubelet-client-certificate-expired/case.ts': 'a certificate that has ended comes first',
  'src/clinic/cases/pki/name-missing-in-certificate/uses.ts': 'a balancer of the cluster file: ours alone',
  'src/clinic/cases/runtime/runtime-file-limit/limit.ts': 'a log line of too many open files comes first',
};

describe('readers of other builders’ files', () => {
  const found = held();
  const count = (module: string): number => found.get(module)?.size ?? 0;

  test('there are many, and the watch sees them', () => {
    expect(readers.length).toBeGreaterThan(30);
    expect([...found.keys()].length).toBeGreaterThan(25);
  });

  test('whoever is seen to read a text is in the list', () => {
    expect([...found.keys()].filter(one => !readers.includes(one))).toEqual([]);
  });

  test.each(readers.filter(one => !(one in fewer)))('%s is held by five builders', module => {
    expect(count(module), [...(found.get(module) ?? [])].join(', ')).toBeGreaterThanOrEqual(enough);
  });

  test.each(Object.keys(fewer))('%s is held by fewer, still', module => {
    expect(readers).toContain(module);
    expect(count(module)).toBeLessThan(enough);
  });
});

test.each([
  ['a file’s text', 'const value = parse(file?.text ?? "");', true],
  ['a file’s text, taken apart', 'const read = ({ path, text }: FileSeen) => text;', true],
  ['rules of a packet filter', 'const rules = evidence.read(host.firewall);', true],
  ['the file of a resolver', 'network.resolvConf.split("\\n")', true],
  ['a ConfigMap', 'at(chart.api.objects.configmaps, \'data\', "Corefile")', true],
  ['what a finding shows', "answer: finding.shows.map(one => one.text).join('; '),", false],
  ['a comment', '// the file.text of it\nconst a = 1;', false],
  ['a text of its own', 'const sum = [...text.matchAll(/a/g)];', false],
])('%s: a planted module is told', (_, source, expected) => {
  expect(isReader(source)).toBe(expected);
});

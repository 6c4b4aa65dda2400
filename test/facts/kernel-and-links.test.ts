/** What the kernel gives a host, and who manages the links and addresses of its pods. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { chartFacts } from '../../src/facts/chart/index.js';
import { kernel } from '../../src/facts/chart/kernel.js';
import { podLinks } from '../../src/facts/chart/pod-links.js';

const output = (name: string): string => readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'utf8');

test('a kernel: modules that run and lie there, labels, wrong checksums', () => {
  expect(kernel.parse(output('kernel-after-update'))).toEqual({
    container: 'none',
    kmsg: true,
    sysWritable: true,
    trees: ['5.10.0-33-amd64', '5.10.0-34-amd64'],
    loaded: ['overlay', 'br_netfilter', 'nf_conntrack'],
    onDisk: ['br_netfilter', 'ip_vs', 'overlay', 'vxlan'],
    selinux: 'enforcing',
    labels: {
      '/usr/bin/runc': 'system_u:object_r:bin_t:s0',
      '/usr/local/bin/kubelet': 'unconfined_u:object_r:user_home_t:s0',
    },
    badUdpChecksums: 37,
  });
});

test('links of pods alone, of a manager that configures them; a link of the host is its own', () => {
  const seen = podLinks.parse(output('pod-links'));
  expect(seen.managed).toEqual([
    { link: 'cni0', by: 'systemd-networkd', state: 'configured' },
    { link: 'cali1a81d481534', by: 'NetworkManager', state: 'connecting (getting IP configuration)' },
  ]);
  expect(seen.checksumOffload).toEqual({ 'flannel.1': true, 'kw.vxlan': false });
});

test('an address is stale if its container does not live; of an owner that is no container nothing is said', () => {
  expect(podLinks.parse(output('pod-links')).held).toEqual({
    cbr0: { addresses: 4, stale: 2 },
    other: { addresses: 0, stale: 0 },
  });
});

test.each([kernel, podLinks])('$id: an answer that breaks off is not seen, never empty', fact => {
  expect(() => fact.parse('container none\nindex eth0 2\n')).toThrow('cut off');
});

test('no question of the chart looks for links below /sys: where a host is a container, these can be another one’s', () => {
  const scripts = chartFacts.flatMap(({ question }) => ('script' in question ? [question.script] : []));
  expect(scripts.length).toBeGreaterThan(10);
  expect(scripts.filter(script => script.includes('/sys/class/net'))).toEqual([]);
});

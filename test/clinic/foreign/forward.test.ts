/** Networks that accept by mark or by their pods' own links: let through where they do, and seen where they do not. */
import { describe, expect, test } from 'vitest';
import { subjectText } from '../../../src/clinic/examine/verdict.js';
import { cases } from '../../../src/clinic/cases/index.js';
import { fateOf } from '../../../src/clinic/read/packets.js';
import { parseAddress } from '../../../src/net/address.js';
import type { Chart } from '../../../src/clinic/chart/chart.js';
import { calico, canal, cilium, flannel, kubeRouter } from './providers.js';
import { kubeadm, onHosts, withSection } from './rebuilt.js';

const traffic = cases.find(one => one.id === 'pod-traffic-dropped');

const without = (chart: Chart, rule: RegExp): Chart =>
  onHosts(chart, (host, number) =>
    number > 1
      ? host
      : withSection(host, 'firewall', old => {
          const kept = old.nft.split('\n').filter(line => !rule.test(line));
          if (kept.length === old.nft.split('\n').length) throw new Error(`no rule is ${rule}`);
          return { ...old, nft: kept.join('\n') };
        }),
  );

const found = (chart: Chart): readonly string[] => {
  const verdict = traffic?.diagnose(chart);
  return verdict?.verdict === 'sick'
    ? verdict.findings.map(one => `${one.variant} ${one.host} ${subjectText(one.subject)}`)
    : [verdict?.verdict ?? ''];
};

describe('a policy of DROP', () => {
  const networks: readonly (readonly [name: string, chart: () => Chart, accepts: RegExp, variant: string])[] = [
    ['Calico', () => calico(kubeadm(), 'ipip', 'DROP'), /explicitly accepted/, 'docker'],
    ['Canal', () => canal(kubeadm()), /explicitly accepted/, 'forward-policy'],
    ['Cilium', () => cilium(kubeadm(), 'DROP'), /-i lxc\+|cilium_host/, 'forward-policy'],
    ['flannel', () => flannel(kubeadm(), 'DROP'), /-A FLANNEL-FWD/, 'forward-policy'],
    ['kube-router', () => kubeRouter(kubeadm()), /-i kube-bridge/, 'forward-policy'],
  ];

  test.each(networks)('%s lets its pods through', (_, chart) => {
    expect(found(chart())).toEqual(['healthy']);
  });

  test.each(networks)('%s that has lost the rule does not', (_, chart, accepts, variant) => {
    expect(found(without(chart(), accepts))).toEqual([`${variant} kw-1 nft FORWARD`]);
  });
});

describe('marks', () => {
  const [from, to] = ['10.1.0.5', '10.1.1.5'].map(one => parseAddress(one)) as [never, never];
  const fate = (lines: readonly string[], more = ''): string => {
    const saved = `*filter\n:FORWARD DROP [0:0]\n:ONE - [0:0]\n:TWO - [0:0]\n${lines.join('\n')}\nCOMMIT\n${more}`;
    const { fate, unsure } = fateOf(saved, 'FORWARD', {
      from,
      to,
      in: 'cali1',
      out: 'tunl0',
      protocol: 'tcp',
      port: 80,
    });
    return `${fate}${unsure === undefined ? '' : ', unsure'}`;
  };
  const accept = '-A FORWARD -m mark --mark 0x10000/0x10000 -j ACCEPT';

  test.each([
    [['-A FORWARD -j MARK --set-xmark 0x10000/0x10000', accept], 'accepted'],
    [['-A FORWARD -j MARK --set-mark 0x10000', accept], 'accepted'],
    [[accept, '-A FORWARD -j MARK --set-xmark 0x10000/0x10000'], 'dropped'],
    [
      ['-A FORWARD -j MARK --set-xmark 0x10000/0x10000', '-A FORWARD -j MARK --set-xmark 0x0/0x10000', accept],
      'dropped',
    ],
    [['-A FORWARD -i lxc+ -j MARK --set-xmark 0x10000/0x10000', accept], 'dropped'],
    // Whether the address is in the set is not seen, and so nothing is certain.
    [['-A FORWARD -m set --match-set good src -j MARK --set-xmark 0x10000/0x10000', accept], 'dropped, unsure'],
    [
      ['-A FORWARD -m set --match-set good src -j ONE', '-A ONE -j MARK --set-xmark 0x10000/0x10000', accept],
      'dropped, unsure',
    ],
    [['-A FORWARD -j CONNMARK --restore-mark', accept], 'dropped, unsure'],
    [['-A FORWARD -j NFQUEUE --queue-num 1'], 'dropped, unsure'],
    [['-A FORWARD ! -i cali+ -j ACCEPT'], 'dropped'],
    [['-A FORWARD -p tcp --syn -j ACCEPT'], 'dropped, unsure'],
    [['-A FORWARD -m addrtype --dst-type LOCAL -j ACCEPT'], 'dropped'],
    // By goto: the end of that chain is not followed by the rest of this one.
    [['-A FORWARD -j ONE', '-A ONE -g TWO', '-A ONE -j ACCEPT', '-A TWO -p udp -j ACCEPT'], 'dropped'],
    [['-A FORWARD -j ONE', '-A ONE -j TWO', '-A ONE -j ACCEPT', '-A TWO -p udp -j ACCEPT'], 'accepted'],
    [['-A FORWARD -p ipencap -j ACCEPT', '-A FORWARD -p 6 -m multiport --dports 443,80 -j ACCEPT'], 'accepted'],
  ] as const)('%j: %s', (lines, expected) => {
    expect(fate(lines)).toBe(expected);
  });

  test('what mangle may have set is not known', () => {
    const mangle = '*mangle\n-A PREROUTING -j MARK --set-xmark 0x10000/0x10000\nCOMMIT\n';
    expect(fate([accept], mangle)).toBe('dropped, unsure');
    expect(fate([accept], mangle.replace('mangle', 'nat'))).toBe('dropped');
  });
});

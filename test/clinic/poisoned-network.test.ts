/**
 * What hosts, pods and API objects say of their network never becomes a command: the holes that were found, one by one.
 */
import { describe, expect, test } from 'vitest';
import { cases } from '../../src/clinic/cases/index.js';
import { type AnyKind, kindsAt } from '../../src/resources/index.js';
import type { FileWant, WantedKind } from '../../src/resources/wants.js';
import type { Resource } from '../../src/model/resource.js';
import { type Change, change } from './change.js';
import { readFixture } from './fixture.js';

const poison = ' -j ACCEPT; touch /root/x; true';
const everyCidr = 'hosts/kw-1,kw-2,kw-3';
const configs = 'hosts/*/files[path=/etc/cni/net.d/10-kubewizard.conflist]/text';

/** Texts that a shell runs. */
const commandsOf = (one: Resource): readonly string[] => {
  if (['cleanup', 'command', 'firewallRules'].includes(one.kind)) {
    const kind: AnyKind | undefined = kindsAt(() => new Date(0))[one.kind as WantedKind];
    const { question } = kind.read(one.key, one.want);
    const back = kind.rollback(one.key, one.want);
    return [
      ...(question.ask === 'host' ? [question.script] : []),
      ...kind.plan(one.key, one.want, []).actions.flatMap(action => (action.do === 'run' ? [action.script] : [])),
      ...(back.by === 'scripts' ? [back.keep, back.back] : []),
    ];
  }
  const content = one.kind === 'file' ? (one.want as FileWant).content : [];
  return /lib\/kubewizard|systemd\/system/.test(one.key) ? content.filter(part => typeof part === 'string') : [];
};

const poisoned = async (id: string, file: string, changes: readonly Change[]) => {
  let { chart } = await readFixture(id, `${file}.yaml`);
  for (const one of changes) chart = await change(chart, one, file);
  const found = cases.find(one => one.id === id);
  const verdict = found?.diagnose(chart);
  const findings = verdict?.verdict === 'sick' ? verdict.findings : [];
  const therapies = findings.flatMap(finding => found?.therapy(finding, chart) ?? []);
  const wanted = therapies.flatMap(therapy => ('want' in therapy ? therapy.want : []));
  return { findings, therapies, commands: wanted.flatMap(commandsOf) };
};

const link = "e'; touch /root/x; '";
const holes: readonly (readonly [string, string, string, readonly Change[]])[] = [
  [
    'a pod network in the flags of a process',
    'pod-traffic-dropped',
    'sick-rule',
    [
      { at: everyCidr, flags: { 'kube-controller-manager': { 'cluster-cidr': `10.0.0.0/8${poison}` } } },
      { at: 'hosts/*', flags: { 'kube-proxy': { 'cluster-cidr': `10.0.0.0/8${poison}` } } },
    ],
  ],
  [
    'a node’s share in a CNI configuration',
    'pod-traffic-dropped',
    'sick-rule',
    [{ at: configs, replace: ['10.244.', `10.244.0.0/16${poison}10.244.`] }],
  ],
  ['a host’s address', 'host-firewall', 'sick-input-rule', [{ at: 'hosts/kw-2/address', set: `192.0.2.12${poison}` }]],
  [
    'a link’s name',
    'mtu',
    'sick-hosts-differ',
    [
      { at: 'hosts/kw-4/network/links[name=eth0]/name', set: link },
      { at: 'hosts/kw-4/network/addresses[link=eth0]/link', set: link },
    ],
  ],
  [
    'a bridge’s name',
    'stale-cni',
    'sick-other-bridge',
    [
      { at: 'hosts/kw-4/network/links[name=cbr0]/name', set: link },
      { at: 'hosts/kw-4/network/addresses[link=cbr0]/link', set: link },
    ],
  ],
];

describe('never reaches a shell:', () => {
  test.each(holes)('%s', async (_, id, file, changes) => {
    const { findings, commands } = await poisoned(id, file, changes);
    expect(findings.length).toBeGreaterThan(0);
    expect(commands.filter(text => text.includes('/root/x'))).toEqual([]);
  });

  test('while the same without poison makes commands', async () => {
    for (const [, id, file] of holes) expect((await poisoned(id, file, [])).commands.length, file).toBeGreaterThan(0);
  });

  test('and a refusal says why', async () => {
    const [, , , mtu] = holes;
    const { therapies } = await poisoned(mtu?.[1] ?? '', mtu?.[2] ?? '', mtu?.[3] ?? []);
    expect(therapies.every(therapy => 'refused' in therapy)).toBe(true);
  });
});

/**
 * A cluster file drawn from what the clinic sees of another builder's cluster: what it says is what runs there, and
 * whatever it does not say is named.
 */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { apiserverFlags } from '../../src/blueprint/components/apiserver.js';
import { controllerManagerFlags, schedulerFlags } from '../../src/blueprint/components/controllers.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { Drawing } from '../../src/discovery/draw/draw.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { isOfKubewizard } from '../../src/spec/checks/flags.js';
import { readCluster } from '../../src/spec/index.js';
import { builders } from '../clinic/foreign/builders.js';
import { chartOf } from '../clinic/kubeadm/chart.js';
import { readRenderings } from '../clinic/kubeadm/corpus.js';
import { argvOf, drawingOf, heldIn, refusalOf } from './drawn.js';

const adoptable: Readonly<Record<string, string>> = { kubeadm: 'kubeadm', kubespray: 'kubespray', RKE1: 'rke1' };
const firstWord = (name: string): string => name.split(' ')[0] ?? '';

const programs = {
  etcd: 'etcd',
  apiserver: 'kube-apiserver',
  controllerManager: 'kube-controller-manager',
  scheduler: 'kube-scheduler',
  kubelet: 'kubelet',
} as const;

/** Said by hosts, roles and networks of the file. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  etcd: ['listen-client-urls', 'listen-metrics-urls'],
  apiserver: ['advertise-address', 'etcd-servers'],
  controllerManager: ['cluster-name'],
  kubelet: ['config', 'kubeconfig', 'bootstrap-kubeconfig', 'hostname-override', 'node-ip', 'register-with-taints'],
};

const ownOf = (key: string, spec: ClusterSpec, host: string): Readonly<Record<string, string>> => {
  const found = spec.hosts.find(({ name }) => name === host);
  if (!found) throw new Error(`no host ${host}`);
  if (key === 'apiserver') return apiserverFlags({ spec, host: found });
  if (key === 'controllerManager') return controllerManagerFlags({ spec });
  return key === 'scheduler' ? schedulerFlags({ spec }) : {};
};

/** Every word that runs: said by the file, or word for word in a comment of it. */
const lost = (chart: Chart, { spec, text }: Drawing): readonly string[] => {
  const held = heldIn(text);
  return [...chart.hosts.values()].flatMap(host =>
    Object.entries(programs).flatMap(([key, program]) =>
      argvOf(host, program).filter(word => {
        const [, name = '', value = 'true'] = /^--([\w.-]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
        const said = { ...ownOf(key, spec, host.name), ...spec.components[key as keyof typeof programs].extraArgs };
        if (said[name] === value || elsewhere[key]?.includes(name)) return false;
        if (key === 'etcd' && (isOfKubewizard(name) || /-file$|cert-auth$/.test(name))) return false;
        if (key === 'kubelet' && /^container-runtime(-endpoint)?$/.test(name)) return false;
        return !held.some(([of, one]) => of === program && one === word);
      }),
    ),
  );
};

const law = (chart: Chart, by: string): Drawing => {
  const drawing = drawingOf(chart);
  const checked = readCluster(drawing.text, 'cluster.yaml');
  expect(checked.ok && checked.value).toEqual(drawing.spec);
  expect(parse(drawing.text)).toEqual(JSON.parse(JSON.stringify(drawing.file)));
  expect(drawing.spec.adopted?.from).toBe(by);
  expect(lost(chart, drawing)).toEqual([]);
  expect(drawing.lines.filter(({ kind }) => kind === 'changes').length).toBeGreaterThan(0);
  return drawing;
};

describe.each(builders.map(one => [one.name, one] as const))('%s', (name, { chart }) => {
  const by = adoptable[firstWord(name)];

  if (by !== undefined)
    test('is drawn, and nothing that runs is lost', () => {
      const { spec, text } = law(chart(), by);
      expect(spec.hosts.map(host => [host.name, host.address, host.roles])).toEqual([
        ['kw-1', '192.0.2.11', ['etcd', 'controlPlane']],
        ['kw-2', '192.0.2.12', ['etcd', 'controlPlane']],
        ['kw-3', '192.0.2.13', ['etcd', 'controlPlane']],
        ['kw-4', '192.0.2.14', ['worker']],
        ['kw-5', '192.0.2.15', ['worker']],
      ]);
      expect(spec.endpoint).toMatchObject({ address: '192.0.2.250', port: 8443, balance: 'external' });
      expect(spec.network).toMatchObject({ services: '10.96.0.0/12', domain: 'cluster.local', provider: 'none' });
      expect([spec.name, spec.kubernetes]).toEqual(['five', '1.20.2']);
      expect(text).toContain('# read: ');
    });
  else
    test('is refused, with its name and what tells it', () => {
      const refusal = refusalOf(chart());
      if (firstWord(name) === 'Talos') expect(refusal.code).toMatch(/^(another-owner|host-unseen)$/);
      else {
        expect(refusal.code).toBe('another-owner');
        expect(refusal.says).toContain(`a cluster of ${firstWord(name)} (`);
      }
      expect(refusal.help).toMatch(/kw doctor|--hosts/);
    });
});

describe.each(readRenderings().map(one => [`kubeadm ${one.version}, ${one.config}`, one] as const))(
  '%s',
  (_, rendering) => {
    const chart = chartOf(rendering);
    const isIpv6 = rendering.config.startsWith('ipv6');

    if (isIpv6)
      test('is refused: a file says hosts by IPv4', () => {
        expect(refusalOf(chart)).toMatchObject({
          code: 'cannot-be-said',
          says: expect.stringContaining('2001:db8::11'),
        });
      });
    else
      test('is drawn, and nothing that runs is lost', () => {
        const { spec, lines } = law(chart, 'kubeadm');
        expect(spec.kubernetes).toBe(rendering.version);
        expect(spec.network).toMatchObject({
          pods: '10.244.0.0/16',
          services: '10.96.0.0/12',
          domain: 'cluster.local',
        });
        expect(spec.components.kubelet.config).toMatchObject({ cgroupDriver: 'systemd' });
        if (rendering.config.startsWith('dual-stack'))
          expect(lines.filter(({ kind }) => kind === 'held').map(({ says }) => says)).toEqual(
            expect.arrayContaining([
              expect.stringContaining('2001:db8:244::/56'),
              expect.stringContaining('2001:db8:96::/112'),
            ]),
          );
        if (rendering.config.startsWith('extra-args')) {
          expect(spec.components.scheduler.extraArgs).toMatchObject({ 'bind-address': '0.0.0.0', v: '2' });
          expect(spec.components.controllerManager.extraArgs).toMatchObject({ 'terminated-pod-gc-threshold': '1000' });
        }
      });
  },
);

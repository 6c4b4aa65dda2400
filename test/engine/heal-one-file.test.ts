/** Several faults in one file are one turn of its component: therapies that change other lines of it are joined. */
import { expect, test } from 'vitest';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { cases } from '../../src/clinic/cases/index.js';
import { examine } from '../../src/clinic/examine/examine.js';
import { merge, standsIn } from '../../src/engine/heal/merge.js';
import { treatmentsOf } from '../../src/engine/heal/treatments.js';
import { kindsAt } from '../../src/resources/index.js';
import type { FileWant } from '../../src/resources/wants.js';
import { baseChart } from '../clinic/fixture.js';

const path = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const only = cases.filter(one => one.id === 'probe-misses-its-target');
const kinds = kindsAt(() => new Date(0));

const edited = (chart: Chart, edit: (text: string) => string): Chart => {
  const [[name, host] = expect.unreachable('no host')] = chart.hosts;
  if (!('value' in host.files)) return expect.unreachable('no files');
  const files = host.files.value.map(file =>
    file.path === path && file.text !== undefined ? { ...file, text: edit(file.text) } : file,
  );
  return { ...chart, hosts: new Map(chart.hosts).set(name, { ...host, files: { ...host.files, value: files } }) };
};

/** As newer kubeadm writes it: three probes of one kind, and here all of them miss. */
const threeMiss = (): Chart =>
  edited(baseChart('kubeadm'), text => {
    const [probe = ''] = / {6}livenessProbe:\n(?: {8}.*\n)+/.exec(text) ?? [];
    const others = ['readinessProbe', 'startupProbe'].map(name => probe.replace('livenessProbe', name));
    return text.replace(probe, [probe, ...others].join('')).replaceAll('port: 6443', 'port: 6444');
  });

test('three probes that miss in one manifest are put right in one round', () => {
  const ill = threeMiss();
  const { treatments } = treatmentsOf(examine(ill, only), ill, only, []);
  expect(treatments.length).toBe(3);
  const { treated, postponed, resources } = merge(treatments, kinds, standsIn(ill));
  expect([treated.length, postponed.length]).toEqual([3, 0]);
  const wanted = resources.filter(one => one.key === path).map(one => (one.want as FileWant).content.join(''));
  expect(wanted.length).toBe(1);
  const cured = edited(ill, () => wanted[0] ?? '');
  expect(examine(cured, only).causes).toEqual([]);
});

test('where the file was not seen they take turns, as they did', () => {
  const ill = threeMiss();
  const { treatments } = treatmentsOf(examine(ill, only), ill, only, []);
  const { treated, postponed } = merge(treatments, kinds, () => undefined);
  expect([treated.length, postponed.length]).toEqual([1, 2]);
});

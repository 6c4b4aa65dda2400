/** What Kubewizard itself wrote on a host is written anew for the target: only what others said can bite. */
import type { FlagComponent } from '../../catalog/index.js';
import type { Component } from '../../model/cluster.js';
import type { Upgrade } from './finding.js';

export const programs: Readonly<Record<FlagComponent, keyof NonNullable<Upgrade['spec']>['components']>> = {
  etcd: 'etcd',
  'kube-apiserver': 'apiserver',
  'kube-controller-manager': 'controllerManager',
  'kube-scheduler': 'scheduler',
  kubelet: 'kubelet',
  'kube-proxy': 'proxy',
};

export const extraArgsOf = ({ spec }: Upgrade, program: FlagComponent): Readonly<Record<string, string>> =>
  spec ? (spec.components[programs[program]] as Component).extraArgs : {};

/** Whether a flag of this program on this host is there because the blueprint says so, and the owner does not. */
export const isOurs = (upgrade: Upgrade, host: string, flag: string): boolean => {
  const found = known.get(upgrade) ?? textOf(upgrade);
  known.set(upgrade, found);
  const text = found.get(host);
  return text !== undefined && new RegExp(`--${flag.replace(/[^\w-]/g, '.')}(?![\\w-])`).test(text);
};

const known = new WeakMap<Upgrade, ReadonlyMap<string, string>>();

const textOf = ({ chart }: Upgrade): ReadonlyMap<string, string> => {
  const texts = new Map<string, string>();
  for (const { kind, host, want } of chart.wanted ?? []) {
    if (kind !== 'file') continue;
    const { content = [] } = want as { readonly content?: readonly unknown[] };
    texts.set(host, `${texts.get(host) ?? ''}\n${content.filter(part => typeof part === 'string').join('')}`);
  }
  return texts;
};

/**
 * Which command-line flags each component has in each minor. Source: 1.20.2, 1.36.2 and 1.37.2 from --help, the minors
 * between from release notes; etcd's of the etcd that each minor comes with.
 */
import etcd from './flags/etcd.json' with { type: 'json' };
import apiserver from './flags/kube-apiserver.json' with { type: 'json' };
import controllerManager from './flags/kube-controller-manager.json' with { type: 'json' };
import proxy from './flags/kube-proxy.json' with { type: 'json' };
import scheduler from './flags/kube-scheduler.json' with { type: 'json' };
import kubelet from './flags/kubelet.json' with { type: 'json' };
import { type Life, livesOf, type Presence, presenceIn } from './life.js';
import { minorOf } from './versions.js';

export type { Presence as FlagPresence } from './life.js';

export type FlagComponent =
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'etcd';

/** `--log_dir` and `log-dir` are the same flag to every component. */
export const flagName = (flag: string): string => flag.replace(/^--?/, '').replaceAll('_', '-');

export const flagPresence = (component: FlagComponent, flag: string, version: string): Presence =>
  presenceIn(lives[component].get(flagName(flag)), minorOf(version));

/** True only where it is certain: what is rendered by default must be accepted. */
export const hasFlag = (component: FlagComponent, flag: string, version: string): boolean =>
  flagPresence(component, flag, version) === 'yes';

/** When the flag went or came: `{ how: 'gone', last: 23, first: 24 }` = there in 1.23, not in 1.24. */
export const flagLife = (component: FlagComponent, flag: string): Life | undefined =>
  lives[component].get(flagName(flag));

export const flagsOf = (component: FlagComponent): readonly string[] => [...lives[component].keys()];

const lives: Readonly<Record<FlagComponent, ReadonlyMap<string, Life>>> = {
  etcd: livesOf(etcd),
  'kube-apiserver': livesOf(apiserver),
  'kube-controller-manager': livesOf(controllerManager),
  'kube-scheduler': livesOf(scheduler),
  kubelet: livesOf(kubelet),
  'kube-proxy': livesOf(proxy),
};

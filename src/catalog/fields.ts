/**
 * Which fields the components' configuration files have. Source: the API types of every minor's .0 release;
 * containerd's of 1.6 to 2.1.
 */
import proxy from './fields/kube-proxy.json' with { type: 'json' };
import kubelet from './fields/kubelet.json' with { type: 'json' };
import { type Life, livesOf, type Presence, presenceIn } from './life.js';
import { minorOf } from './versions.js';

/** Kinds of files whose fields are known for every minor. */
export type FieldComponent = 'kubelet' | 'kube-proxy';

export const fieldPresence = (component: FieldComponent, field: string, version: string): Presence =>
  presenceIn(lives[component].get(field), minorOf(version));
export const fieldLife = (component: FieldComponent, field: string): Life | undefined => lives[component].get(field);
export const fieldsOf = (component: FieldComponent): readonly string[] => [...lives[component].keys()];

const lives: Readonly<Record<FieldComponent, ReadonlyMap<string, Life>>> = {
  kubelet: livesOf(kubelet),
  'kube-proxy': livesOf(proxy),
};

/** Top-level keys of containerd's config.toml, whatever its `version`. */
export const containerdFields: readonly string[] = [
  'version',
  'root',
  'state',
  'temp',
  'plugin_dir',
  'grpc',
  'ttrpc',
  'debug',
  'metrics',
  'disabled_plugins',
  'required_plugins',
  'plugins',
  'oom_score',
  'cgroup',
  'proxy_plugins',
  'timeouts',
  'imports',
  'stream_processors',
];

/** What hosts and components are told for production: one line each, with its value for this cluster and its reason. */
import type { ClusterSpec } from '../../model/cluster.js';
import type { DefaultNote } from '../../spec/index.js';
import { apiserverNotes, controllerNotes } from './control-plane.js';
import { etcdNotes } from './etcd.js';
import { hostNotes, kubeletNotes } from './node.js';

/**
 * `path` is the key that changes it: of the cluster file, or a file on the hosts where it is nobody's key. What the
 * owner set is not a default, and has no line.
 */
export const productionDefaults = (spec: ClusterSpec): readonly DefaultNote[] =>
  [
    ...etcdNotes(spec),
    ...apiserverNotes(spec),
    ...controllerNotes(spec),
    ...kubeletNotes(spec),
    ...hostNotes(spec),
  ].filter(({ path }) => !isSet(spec, path));

/** `components.kubelet.config.podPidsLimit`: is there something in the owner's file? */
const isSet = ({ components }: ClusterSpec, path: string): boolean => {
  const [, name = '', part = '', key = ''] = /^components\.(\w+)\.(extraArgs|config)\.(.+)$/.exec(path) ?? [];
  const owners = (components as unknown as Record<string, Record<string, Record<string, unknown>> | undefined>)[name];
  return owners?.[part]?.[key] !== undefined;
};

/**
 * Changes of containerd's configuration, on any builder's cluster: the whole file, and containerd started again by it.
 */
import { parse, stringify } from 'smol-toml';
import { absolutePath } from '../../model/path.js';
import { idOf, type Resource } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import type { Chart } from '../chart/chart.js';
import type { HostChart } from '../chart/host-chart.js';
import { containerdFile, newCri, oldCri } from '../read/runtime.js';
import type { Tree } from '../read/yaml.js';
import { freshUnit, textFile } from './files.js';
import { editText } from './place.js';
import { restoreAt } from './restore.js';

/**
 * containerd, not older than `reads`: what only it can notice (a file renamed into its folder) is read by a restart.
 * Containers live on.
 */
export const freshContainerd = (
  chart: Chart,
  host: HostChart,
  reads: readonly string[],
  because: string,
  after: readonly string[] = [],
): Resource => {
  const own = chart.wanted?.find(one => one.host === host.name && one.key === 'containerd.service') as
    | Resource<'service', Wants['service']>
    | undefined;
  const fresh = freshUnit('containerd.service', reads, { host: host.name, because, after, stage: 'nodes' });
  return own ? { ...fresh, want: { ...own.want, reads: [...new Set([...own.want.reads, ...reads])] } } : fresh;
};

/** Kubewizard's own file again; elsewhere what `edit` makes of the tree. Empty: nothing can be made of it. */
export const containerdSet = (
  chart: Chart,
  host: HostChart,
  because: string,
  edit: (config: Tree) => void,
): readonly Resource[] => {
  const path = absolutePath(containerdFile(host));
  if (path === undefined) return [];
  const restored = restoreAt(chart, host.name, path);
  if (restored.length > 0) return restored;
  const seen = 'value' in host.files ? host.files.value.find(file => file.path === path) : undefined;
  const file = seen
    ? editText(host, path, text => edited(text, edit), because)
    : 'value' in host.files
      ? textFile(path, edited('version = 2\n', edit), 0o644, { host: host.name, because, stage: 'nodes' })
      : undefined;
  return file ? [{ ...file, stage: 'nodes' }, freshContainerd(chart, host, [path], because, [idOf(file)])] : [];
};

const edited = (text: string, edit: (config: Tree) => void): string => {
  try {
    const config: Tree = parse(text);
    edit(config);
    return stringify(config);
  } catch {
    return text;
  }
};

/** A table within a table, made where it is not there. */
export const part = (tree: Tree, ...path: readonly string[]): Tree =>
  path.reduce<Tree>((node, step) => {
    node[step] ??= {};
    return node[step];
  }, tree);

/** The CRI part of a configuration file, made where it is not there. `version` decides its name. */
export const criPart = (config: Tree): Tree => {
  if (config.version === undefined) config.version = 2;
  return part(config, 'plugins', config.version >= 3 ? newCri : oldCri);
};

export const setSystemdCgroup = (config: Tree, on: boolean): void => {
  const cri = criPart(config);
  const runc = part(cri, 'containerd', 'runtimes', cri.containerd?.default_runtime_name ?? 'runc');
  runc.runtime_type ??= 'io.containerd.runc.v2';
  part(runc, 'options').SystemdCgroup = on;
};

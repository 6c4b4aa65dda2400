/** CNI configurations in the order in which a runtime takes them: the first by name wins. */
import type { HostChart } from '../chart/host-chart.js';
import type { FileSeen } from '../chart/seen.js';
import { at, listAt, type Tree } from './yaml.js';

export interface CniConfig {
  readonly path: string;
  readonly file: FileSeen;
  readonly name: string;
  readonly plugins: readonly Tree[];
  /** Types of all plugins, of their ipam too: each must lie in a folder of plugins. */
  readonly types: readonly string[];
  readonly problem?: string;
}

export const cniFolder = '/etc/cni/net.d';

export const cniConfigs = (host: HostChart, folder = cniFolder): readonly CniConfig[] =>
  ('value' in host.files ? host.files.value : [])
    .filter(file => file.path.startsWith(`${folder}/`) && /\.(conf|conflist|json)$/.test(file.path))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(read);

const read = (file: FileSeen): CniConfig => {
  let tree: Tree;
  let problem: string | undefined;
  try {
    tree = JSON.parse(file.text ?? '');
  } catch (error) {
    problem = `it is not JSON: ${(error as Error).message}`;
  }
  const plugins = Array.isArray(at(tree, 'plugins')) ? listAt(tree, 'plugins') : at(tree, 'type') ? [tree] : [];
  if (!problem && plugins.length === 0) problem = 'it names no plugin';
  const types = plugins
    .flatMap(plugin => [at(plugin, 'type'), at(plugin, 'ipam', 'type')])
    .filter((type): type is string => typeof type === 'string');
  return {
    path: file.path,
    file,
    name: String(at(tree, 'name') ?? ''),
    plugins,
    types,
    ...(problem !== undefined && { problem }),
  };
};

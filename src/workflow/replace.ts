/**
 * Hosts that are dead for good: what the cluster still has of them goes, and whoever the file has in their place comes.
 * The plan is that of `kw up`; a person says what no host can: that they never come back.
 */
import { lineDiff } from '../plan/line-diff.js';
import { readCluster } from '../spec/index.js';
import { type Moved, withAddress } from '../spec/with-address.js';
import type { Ended } from './build/execute.js';
import type { ClusterFile } from './cluster-file.js';
import { Mistaken, mistaken } from './mistaken.js';
import type { Ports } from './ports.js';
import { up, type UpOptions } from './up.js';

export interface ReplaceOptions extends Pick<UpOptions, 'yes' | 'verify' | 'phrase' | 'takeOver'> {
  readonly path: string;
  readonly names: readonly string[];
  /** Of the host that comes, where it is not the old one's. */
  readonly address?: string | undefined;
  readonly hostKey?: string | undefined;
  /** Writes the cluster file, whole or not at all. */
  readonly save: (text: string) => Promise<void>;
}

export async function replace(file: ClusterFile, ports: Ports, options: ReplaceOptions): Promise<Ended> {
  const { path, names, yes, verify, phrase, takeOver } = options;
  if (names.length === 0) throw mistaken('no-host', 'replace which host?', 'kw replace kw-2');
  const next = options.address === undefined ? file : changedFile(file, options);
  const change = { type: 'file-change', path, lines: lineDiff(file.text, next.text) } as const;
  const changes = next.text !== file.text;
  return up(next, ports, {
    command: 'kw replace',
    replaces: names,
    stay: true,
    ...{ yes, verify, phrase, takeOver },
    ...(changes ? { writes: { change, save: () => options.save(next.text) } } : {}),
  });
}

/** Throws Mistaken. */
const changedFile = (file: ClusterFile, options: ReplaceOptions): ClusterFile => {
  const { path, names, address = '', hostKey } = options;
  const [name = ''] = names;
  const { hosts } = file.spec;
  const at = hosts.findIndex(host => host.name === name);
  if (names.length !== 1 || at < 0)
    throw mistaken(
      'one-host',
      names.length === 1 ? `the file has no host ${name}` : '--address is that of one host',
      'write the addresses of the new hosts into the cluster file, then kw replace with their names alone',
    );
  if (hosts[at]?.address === address) return file;
  const moved = withAddress(file.text, { at, count: hosts.length, address, hostKey });
  if ('not' in moved) throw notMoved(moved.not, path, name);
  const checked = readCluster(moved.text, path);
  if (!checked.ok) throw new Mistaken(checked.problems, moved.text);
  return { ...file, text: moved.text, spec: checked.value };
};

const notMoved = (not: Extract<Moved, { not: string }>['not'], path: string, name: string): Mistaken => {
  const help = `write it into ${path} yourself, then kw replace ${name}`;
  switch (not) {
    case 'no-place':
      return mistaken('no-place', `${path}: no place for the address of ${name} was found`, help);
    case 'ssh-address':
      return mistaken(
        'ssh-address',
        `${path}: ${name} is reached at an ssh address of its own, which changes too`,
        help,
      );
    case 'host-key':
      return mistaken(
        'host-key',
        `${path} pins the ssh host key of ${name}, and the new host has another one`,
        `give it: --host-key 'ssh-ed25519 AAAA…'; or ${help}`,
      );
  }
};

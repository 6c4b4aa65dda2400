/** A cluster that Kubewizard did not build: its cluster file, made of what its hosts say of themselves. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { filesOnHosts } from '../engine/reach/files-on-hosts.js';
import type { Subject } from '../engine/gather/targets.js';
import type { Voter } from '../engine/vault/elect.js';
import { claim, folderFor, identityOfFiles } from '../engine/vault/identity.js';
import { holdInMemory, letGo } from '../engine/vault/store.js';
import { adoption, subjects } from '../discovery/hosts.js';
import type { ClusterSpec, Host } from '../model/cluster.js';
import { WorldFailed } from '../model/event.js';
import type { Connection } from '../transport/connection.js';
import { ownFolder } from '../transport/own-place.js';
import { keepersIn, rememberSecrets } from './adopted-keys.js';
import { askSigns } from './clinic/discovery.js';
import { mistaken } from './mistaken.js';
import type { Story } from './story.js';

export interface AdoptOptions {
  /** `[user@]address[:port]` or a name that resolves; at least one. */
  readonly hosts: readonly string[];
  readonly sshUser?: string | undefined;
  /** Path of a private key. */
  readonly sshKey?: string | undefined;
  /** Nothing of the cluster's stays on the control machine. */
  readonly dryRun?: boolean | undefined;
}

export interface Adopted {
  readonly spec: ClusterSpec;
  /** Its hosts as the doctor asks them. */
  readonly subjects: readonly Subject[];
  /** `.kubewizard/NAME` in the working directory; of a dry run a folder that `leave` takes away. */
  readonly dir: string;
  leave(): void;
  /** Connections that were made to ask; one that was lost is made again. */
  readonly connect: (host: Host) => Promise<Connection>;
}

/** Throws Mistaken for a host that cannot be read as one, WorldFailed where none of them answers. */
export async function adopt(story: Story, options: AdoptOptions): Promise<Adopted> {
  const { folders } = story.ports;
  const dial = dialler(host => story.connect(host, folders.home));
  const asked = await Promise.all(
    options.hosts
      .flatMap(text => text.split(','))
      .filter(Boolean)
      .map(async text => {
        const host = hostOf(text, options);
        return askSigns(host, () => dial(host));
      }),
  );
  const answered = asked.filter(one => one.facts !== undefined);
  if (answered.length === 0)
    throw new WorldFailed({
      class: 'unreachable',
      message: `no host answers: ${asked.map(one => `${one.host.name}: ${one.why}`).join('; ')}`,
      help: 'check the addresses, --ssh-user and --ssh-key',
    });
  const spec = adoption(asked);
  const files = await filesOfKeepers(spec, dial);
  const asIs = spec.hosts.map(host => host.ssh.address ?? host.address);
  const identity = identityOfFiles(files);
  const home = join(folders.working, '.kubewizard');
  await ownFolder(home);
  const own = await folderFor(home, spec.name, identity, asIs);
  const { dir, leave } = options.dryRun ? passing(own) : { dir: own, leave: () => undefined };
  try {
    await claim(dir, identity);
    await rememberSecrets(dir, files, names =>
      story.emit({ type: 'note', says: keeping(names, spec.name, options.dryRun ? undefined : own) }),
    );
  } catch (error) {
    leave();
    throw error;
  }
  return { spec, subjects: subjects(asked), dir, leave, connect: dial };
}

/**
 * A dry run signs as a real one would, with what the control machine has already. Its secrets are in memory alone: a
 * folder that goes away at the end stays where the run is killed.
 */
export const passing = (own: string): { readonly dir: string; readonly leave: () => void } => {
  const dir = mkdtempSync(join(tmpdir(), 'kw-dry-run-'));
  const kept = ['pki', 'encryption', 'heal-begun.json'].flatMap(part => filesBelow(own, part));
  holdInMemory(dir, Object.fromEntries(kept.map(name => [name, readFileSync(join(own, name), 'utf8')])));
  const leave = (): void => {
    letGo(dir);
    rmSync(dir, { recursive: true, force: true });
  };
  process.once('exit', leave);
  return { dir, leave };
};

/** By their names below `root`; [] where there is nothing. */
const filesBelow = (root: string, part: string): readonly string[] => {
  const at = statSync(join(root, part), { throwIfNoEntry: false });
  if (!at) return [];
  if (!at.isDirectory()) return [part];
  return readdirSync(join(root, part)).flatMap(name => filesBelow(root, `${part}/${name}`));
};

export const keeping = (names: readonly string[], cluster: string, dir: string | undefined): string => {
  const keys = names.filter(name => name.endsWith('.key')).join(', ');
  return dir === undefined
    ? `the private keys of ${cluster} (${keys}) are read from its hosts for this dry run, and not kept`
    : `the private keys of ${cluster} (${keys}) are read from its hosts and kept in ${dir} (only its owner may ` +
        'read them):' +
        ' therapies sign with them; remove the folder when you need them no more';
};

const hostOf = (text: string, { sshUser, sshKey }: AdoptOptions): Host => {
  const parts = /^(?:([\w.-]+)@)?([\w.-]+)(?::(\d{1,5}))?$/.exec(text);
  if (!parts?.[2])
    throw mistaken(
      'bad-host',
      `'${text}' is not a valid host`,
      '--hosts 10.0.0.1,10.0.0.2 or --hosts root@node-1:22,node-2',
    );
  return {
    name: parts[2],
    address: parts[2],
    roles: [],
    labels: {},
    taints: [],
    ssh: {
      address: parts[2],
      user: parts[1] ?? sshUser ?? 'root',
      port: Number(parts[3] ?? 22),
      ...(sshKey === undefined ? {} : { key: resolve(sshKey) }),
    },
  };
};

/** The vault holds the CA that signs; hosts that disagree on it are what the clinic is asked about. */
const filesOfKeepers = async (
  spec: ClusterSpec,
  dial: (host: Host) => Promise<Connection>,
): Promise<readonly Voter[]> => {
  const keepers = keepersIn(spec);
  const byName = new Map(keepers.map(host => [host.name, host]));
  const files = await filesOnHosts([...byName.keys()], name => dial(byName.get(name) as Host)).catch(error => {
    if (error instanceof WorldFailed) return [];
    throw error;
  });
  return files.map(one => ({ ...one, roles: byName.get(one.host)?.roles ?? [] }));
};

/** One connection for each way in, whatever the host is called meanwhile. */
const dialler = (connect: (host: Host) => Promise<Connection>): ((host: Host) => Promise<Connection>) => {
  const open = new Map<string, Promise<Connection>>();
  return host => {
    const way = `${host.ssh.user}@${host.ssh.address ?? host.address}:${host.ssh.port}`;
    const known = open.get(way);
    if (known) return known;
    const made = connect(host);
    open.set(way, made);
    made
      .then(connection => connection.closed)
      .then(
        () => open.delete(way),
        () => open.delete(way),
      );
    return made;
  };
};

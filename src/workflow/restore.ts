/** A backup in place of what etcd holds: chosen, proven, agreed to by a typed phrase, carried out, and proven again. */
import { askMembers } from '../engine/backup/on-hosts.js';
import type { Held } from '../engine/run-plan.js';
import type { Session } from '../engine/session.js';
import { rememberedIdentity } from '../engine/vault/identity.js';
import { bumps } from '../catalog/index.js';

import { type Failure, WorldFailed } from '../model/event.js';
import type { JudgedBackup } from '../preflight/backups.js';
import {
  blankHosts,
  type Members,
  noneInstalled,
  runningNow,
  stopsRestore,
  strangeClients,
} from '../preflight/restore.js';
import { onHosts } from './backup.js';
import { carryOutRestore, draftedOf, planOf, tellWhat } from './backup/carry-out.js';
import type { Choice, RestoreOptions } from './backup/choice.js';
import { chosen } from './backup/choose.js';
import { type Hosts, partaking } from './backup/partaking.js';
import type { Ended } from './build/execute.js';
import { tellLost } from './build/lost.js';
import type { ClusterFile } from './cluster-file.js';
import { mistaken } from './mistaken.js';
import type { Ports } from './ports.js';
import { begin, open, type Story, vaultOf } from './story.js';

export async function restore(file: ClusterFile, ports: Ports, options: RestoreOptions = {}): Promise<Ended> {
  const story = begin(ports, file.warnings);
  return restoring(story, file, options, {
    command: 'kw restore',
    choose: async ({ session, running, hosts, members }) => {
      const known = { ...(await rememberedIdentity(session.dir)), shared: file.spec.pki.ca !== undefined };
      return chosen(story, session, { named: options.backup, running, known, hosts: hosts.members, members });
    },
  });
}

export interface Restoring {
  readonly command: string;
  /** Which backup it is; undefined: a person has said no. */
  readonly choose: (choice: Choice) => Promise<JudgedBackup | undefined>;
  /** After the last consent, before the first step; where it throws, nothing is done. */
  readonly last?: (choice: Choice) => Promise<void>;
}

/** Nothing on a host is touched before all of them were told to be this cluster's, and the lock is held. */
export async function restoring(
  story: Story,
  file: ClusterFile,
  options: Omit<RestoreOptions, 'backup'>,
  how: Restoring,
): Promise<Ended> {
  const { phrase } = options;
  if (phrase !== undefined && phrase !== file.spec.name) throw wrongPhrase(file.spec.name, phrase);
  const session = await open(story, file, { purpose: 'change', keys: 'fetch' });
  try {
    tellLost(session, story.emit);
    const hosts = partaking(session, options.without ?? []);
    await vaultOf(session);
    const held = await session.hold(how.command);
    try {
      const choice = await looked(story, session, hosts, held, options.without ?? []);
      const backup = await how.choose(choice);
      held.lock.lost.throwIfAborted();
      if (!backup) return { ended: 'refused' };
      const restore = planOf(story, file, backup, choice);
      const drafted = await draftedOf(story, session, restore);
      tellWhat(story, restore, backup, drafted);
      const last = async (): Promise<void> => how.last?.(choice);
      const carrying = { ...options, command: how.command, restore, backup, drafted, held, last };
      return await carryOutRestore(story, session, carrying);
    } finally {
      await held.lock.release();
    }
  } finally {
    session.close();
  }
}

const wrongPhrase = (cluster: string, phrase: string) =>
  mistaken(
    'wrong-phrase',
    `this would change the cluster ${cluster}, but you named ${phrase}`,
    `--yes-i-mean ${cluster}`,
  );

/** Throws WorldFailed (refused) where something must be put right first. */
async function looked(
  { emit }: Story,
  session: Session,
  hosts: Hosts,
  held: Held,
  without: readonly string[],
): Promise<Choice> {
  const members = await askMembers(onHosts(session), hosts.members);
  refuse(stopsRestore(session.spec, members, without));
  const strangers = strangeClients(session.spec, members);
  if (strangers.length > 0)
    emit({
      type: 'note',
      says:
        `${strangers.join(', ')} talk to etcd and are no hosts of the file: stop an API server that runs there ` +
        'before you go on, it would write what it remembers into the restored data',
    });
  const old = [...members].filter(([, { etcd }]) => etcd !== undefined && !bumps(etcd)).map(([host]) => host);
  if (old.length > 0)
    emit({
      type: 'note',
      says:
        `etcd on ${old.join(', ')} is older than 3.5.10 and cannot raise revisions: restart what watches the API ` +
        'from pods by hand, once it is over',
    });
  return { session, hosts: installed(emit, hosts, members), members, running: runningNow(members), held };
}

/** A host that was installed anew has no part in it: it joins afterwards, as any that etcd grows by. */
function installed(emit: Story['emit'], hosts: Hosts, members: Members): Hosts {
  const blank = blankHosts(members);
  if (blank.length === 0) return hosts;
  refuse(blank.length < hosts.members.length ? undefined : noneInstalled(blank));
  const says = 'it was installed anew and has no etcd: it has no part in this, and joins by kw up afterwards';
  for (const host of blank) emit({ type: 'note', host, says });
  const here = ({ name }: { readonly name: string }): boolean => !blank.includes(name);
  const { members: all, controlPlanes, nodes } = hosts;
  return { members: all.filter(here), controlPlanes: controlPlanes.filter(here), nodes: nodes.filter(here) };
}

export const refuse = (failure: Failure | undefined): void => {
  if (failure) throw new WorldFailed(failure);
};

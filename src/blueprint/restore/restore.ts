/**
 * A backup put in place of what etcd holds, as resources: prepared beside the old data on every member, then the API
 * stops everywhere, the data are exchanged, and everything that remembers the old ones starts anew. Each step leaves a
 * mark, by which the same run goes on after it was cut off anywhere. The old data stay on their hosts.
 */
import type { Host } from '../../model/cluster.js';
import { idOf, type Resource, type ResourceId, type Risk, type Stage } from '../../model/resource.js';
import { raw, type Script, sh } from '../../shell/sh.js';
import { want } from '../wanted.js';
import { exchange } from './exchange.js';
import { folderOf, type Restore, restoreRunning, stagedAt } from './paths.js';
import { apiStopped, control, prepare, renew, resolve, serve, start, stopApi } from './steps.js';

const because = 'what etcd holds becomes what the backup holds';

export function restored(restore: Restore): readonly Resource[] {
  const { members, controlPlanes, nodes } = restore;
  const step = stepOf(restore);
  const each = (hosts: readonly Host[], name: Name, after: readonly Resource[], make: (host: Host) => Made) =>
    hosts.map(host => step(host, name, make(host), after.map(idOf)));
  const made = (stage: Stage, run: Script, risk: Made['risk'] = 'none'): Made => ({ risk, stage, run });
  const prepared = each(members, 'prepared', [], host => made('etcd', prepare(restore, host)));
  const stopped = each(controlPlanes, 'stopped', prepared, host => ({
    ...made('etcd', stopApi(restore, host), 'downtime'),
    still: sh`{ [ -e ${markOf(restore, 'serving')} ] || ${raw(apiStopped)}; }`,
  }));
  const exchanged = each(members, 'exchanged', [...prepared, ...stopped], () =>
    made('etcd', exchange(restore), 'data'),
  );
  const started = each(members, 'started', exchanged, host => made('etcd', start(restore, host)));
  const serving = each(controlPlanes, 'serving', started, host => made('control-plane', serve(host)));
  const controlled = each(controlPlanes, 'controlled', serving, () => made('control-plane', control));
  const renewed = each(nodes, 'renewed', controlled, () => made('nodes', renew));
  const resolving = each(controlPlanes.slice(0, 1), 'resolving', renewed, () => made('addons', resolve));
  const all = [...prepared, ...stopped, ...exchanged, ...started, ...serving, ...controlled, ...renewed, ...resolving];
  return [...all, ...members.map(host => ended(restore, host, all.map(idOf)))];
}

type Name = 'prepared' | 'stopped' | 'exchanged' | 'started' | 'serving' | 'controlled' | 'renewed' | 'resolving';

interface Made {
  readonly risk: Exclude<Risk, 'restart'>;
  readonly stage: Stage;
  readonly run: Script;
  /** What must hold beside the mark. */
  readonly still?: Script;
}

const says: Readonly<Record<Name, string>> = {
  prepared: 'the backup is not restored beside the old data yet',
  stopped: 'API server, controller manager and scheduler are not stopped for it yet',
  exchanged: 'the old data of etcd are in place',
  started: 'etcd does not run with the restored data yet',
  serving: 'the API server has not been started on the restored data yet',
  controlled: 'controller manager and scheduler have not been started on them yet',
  renewed: 'kubelet and kube-proxy remember what was before',
  resolving: 'the cluster DNS remembers what was before',
};

const markOf = (restore: Restore, name: Name | 'ended'): string => `${folderOf(restore)}/${name}`;

/** Done when its mark is there, and not before: whatever runs by then, a step that was cut off is made again. */
const stepOf =
  (restore: Restore) =>
  (host: Host, name: Name, { risk, stage, run, still }: Made, after: readonly ResourceId[]): Resource => {
    const mark = markOf(restore, name);
    const done = still ? sh`[ -e ${mark} ] && ${raw(still)}` : sh`[ -e ${mark} ]`;
    return want(
      'command',
      host.name,
      `restore-${name}`,
      {
        unless: sh`${raw(done)} || echo ${says[name]}`,
        run: sh`umask 077
mkdir -p ${folderOf(restore)} || exit 1
(
${raw(run)}
) || exit 1
sync
: >${mark}`,
        risk,
      },
      { stage, because, after },
    );
  };

/** The last act: from now on a run is a new one. */
const ended = (restore: Restore, host: Host, after: readonly ResourceId[]): Resource => {
  const mark = markOf(restore, 'ended');
  return want(
    'command',
    host.name,
    'restore-ended',
    {
      unless: sh`{ [ -e ${mark} ] && [ ! -e ${restoreRunning} ]; } || echo 'the restore is under way'`,
      run: sh`: >${mark}
rm -f ${stagedAt(restore.sha256)} ${restoreRunning}`,
      risk: 'none',
    },
    { stage: 'addons', because: 'the restore is over', after },
  );
};

/** Which faults may share a round: those that touch neither each other's hosts nor each other's ways of being seen. */
import { cases } from '../../../src/clinic/cases/index.js';
import type { LabCluster } from '../../../src/lab/faults/fault.js';
import { nameOf, type Trial } from './play-fault.js';

/** So many at once: with more, one bad row costs more replays than are saved. */
const most = 3;

/** Groups of cases whose faults stay on the worker that they are made on. */
const apart: readonly string[] = ['host', 'kubelet', 'network', 'runtime'];
/**
 * Groups of cases whose faults on one control plane leave the API to the others: one of them may be made beside faults
 * of workers, which saves the looks at the whole cluster, not the waiting.
 */
const leavesTheApi: readonly string[] = ['control-plane', 'host', 'pki', 'rbac', 'workload'];
/** What is made on one control plane and felt on every worker: refused credentials, objects, logs, scheduling. */
const feltEverywhere: readonly string[] = [
  'client-and-server-disagree-on-ca',
  'service-account-key-mismatch',
  'forbidden-for-component',
  'apiserver-to-kubelet-forbidden',
  'webhook-deadlock',
];
/** Objects of the API that nobody needs who looks for another symptom: these need no host for themselves. */
export const harmless: readonly string[] = [
  'forbidden-for-user/subject',
  'forbidden-for-user/service-account',
  'namespace-terminating-apiservice/service-absent',
];

export interface Case {
  readonly id: string;
  readonly explains: readonly string[];
}

/** The group of a case: its folder. */
export type GroupOf = (id: string) => string | undefined;

/** Rounds in the order of their first trials. `lonely`: names that are known to need the cluster for themselves. */
export const rounds = (
  trials: readonly Trial[],
  lab: LabCluster,
  groupOf: GroupOf,
  lonely: readonly string[] = [],
  known: readonly Case[] = cases,
): readonly (readonly Trial[])[] => {
  const found: Trial[][] = [];
  for (const trial of trials) {
    const alone = lonely.includes(nameOf(trial)) || playsAlone(trial, lab, groupOf);
    const place = alone ? undefined : placeIn(found, trial, { lab, groupOf, lonely, known });
    if (place) place.round.push(place.trial);
    else found.push([trial]);
  }
  return found;
};

const playsAlone = (trial: Trial, lab: LabCluster, groupOf: GroupOf): boolean => {
  if (harmless.includes(nameOf(trial))) return false;
  const { fault } = trial;
  const hosts = [fault.on(lab)].flat();
  if (fault.needs?.packages !== undefined || (fault.also ?? []).length > 0) return true;
  if (hosts.length !== 1 || feltEverywhere.includes(trial.case)) return true;
  const group = groupOf(trial.case) ?? '';
  return !(isWorker(lab, hosts[0]) ? apart : leavesTheApi).includes(group) || !isSpare(lab, hosts[0]);
};

/** A worker; or a control plane beside which others carry the API: not the one whose own address everybody dials. */
const isSpare = (lab: LabCluster, name: string | undefined): boolean =>
  isWorker(lab, name) ||
  (lab.hosts.filter(host => host.roles.includes('controlPlane')).length > 2 &&
    lab.hosts.find(host => host.name === name)?.address !== lab.endpoint.address);

const isWorker = (lab: LabCluster, name: string | undefined): boolean =>
  lab.hosts.some(host => host.name === name && !host.roles.includes('controlPlane'));

interface Ground {
  readonly lab: LabCluster;
  readonly groupOf: GroupOf;
  readonly lonely: readonly string[];
  readonly known: readonly Case[];
}

const placeIn = (
  found: readonly Trial[][],
  trial: Trial,
  ground: Ground,
): { readonly round: Trial[]; readonly trial: Trial } | undefined => {
  for (const round of found) {
    const open = round.every(
      other => !ground.lonely.includes(nameOf(other)) && !playsAlone(other, ground.lab, ground.groupOf),
    );
    if (!open || round.length >= most || round.some(other => entangled(other, trial, ground))) continue;
    const moved = onFreeHost(round, trial, ground.lab);
    if (moved) return { round, trial: moved };
  }
  return undefined;
};

/** One group is one subsystem; and what explains another case takes its name away. */
const entangled = (one: Trial, other: Trial, { groupOf, known }: Ground): boolean =>
  groupOf(one.case) === groupOf(other.case) ||
  [
    [one, other],
    [other, one],
  ].some(([a, b]) =>
    known
      .find(each => each.id === a?.case)
      ?.explains.some(name => name === b?.case || (b !== undefined && name === nameOf(b))),
  );

/** Of faults on control planes one is enough: which of two took the API away, nobody could tell. */
const onWorker = (trial: Trial, lab: LabCluster): boolean =>
  harmless.includes(nameOf(trial)) || [trial.fault.on(trial.lab ?? lab)].flat().every(host => isWorker(lab, host));

/** Faults take the first worker: each sees the cluster with another worker in that place. */
const onFreeHost = (round: readonly Trial[], trial: Trial, lab: LabCluster): Trial | undefined => {
  if (harmless.includes(nameOf(trial))) return trial;
  const own = [trial.fault.on(lab)].flat();
  if (!isWorker(lab, own[0])) return round.some(other => !onWorker(other, lab)) ? undefined : trial;
  const taken = round
    .filter(other => !harmless.includes(nameOf(other)))
    .flatMap(other => other.fault.on(other.lab ?? lab));
  for (const worker of lab.hosts.filter(host => isWorker(lab, host.name))) {
    const view = { ...lab, hosts: [...lab.hosts.filter(host => host !== worker)] };
    const first = view.hosts.findIndex(host => isWorker(lab, host.name));
    view.hosts.splice(first < 0 ? view.hosts.length : first, 0, worker);
    const hosts = [trial.fault.on(view)].flat();
    if (hosts.length === 1 && isWorker(lab, hosts[0]) && !hosts.some(host => taken.includes(host)))
      return { ...trial, lab: view };
  }
  return undefined;
};

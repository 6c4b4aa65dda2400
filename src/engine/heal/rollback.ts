/** Before a therapy: what is there is kept. After one that did not cure: all of it comes back, newest first. */
import { planePrograms } from '../../model/components.js';
import type { Plan } from '../../model/plan.js';
import { clusterHost, hostOf, idOf, type Resource } from '../../model/resource.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import type { Api, KindTable } from '../context.js';
import type { RunOnHost } from './backup.js';
import { hostSnapshotScript, markScript, rollbackScript } from './snapshot.js';
import { snapshotObjects, rollbackObjects } from './objects.js';
import type { InProgress, Treated } from './pending.js';
import { rollbacksOf, type Touched, touchedBy } from './touched.js';
import { illnessOf, textOf } from './illness.js';
import type { Treatment } from './treatments.js';

export interface RollbackWays {
  readonly run: RunOnHost;
  readonly api: () => Promise<Api>;
}

/** Throws where something cannot be kept: then nothing may be changed. */
export const keep = async (
  { id, at, cluster }: Pick<InProgress, 'id' | 'at' | 'cluster'>,
  treated: readonly Treatment[],
  { plan, resources }: { readonly plan: Plan; readonly resources: readonly Resource[] },
  { run, api, kinds }: RollbackWays & { readonly kinds: KindTable },
): Promise<InProgress> => {
  const ways = rollbacksOf(resources, kinds);
  const touched = touchedBy(plan, ways);
  const [objects] = await Promise.all([
    snapshotObjects(plan, resources, ways, api),
    ...touched.map(async one => {
      const { code, stderr } = await run(one.host, hostSnapshotScript(id, one));
      if (code !== 0)
        throw new Error(`${one.host}: nothing was changed, because what is there could not be kept: ${stderr.trim()}`);
    }),
  ]);
  const pods = plan.steps.flatMap(({ id: step, host }) => {
    const way = ways.get(step);
    return way?.by === 'pod' ? [{ host, program: way.program }] : [];
  });
  const treats = treated.map(one => ({
    illness: illnessOf(one.case, one.finding),
    wants: one.therapy.want.map(idOf),
  }));
  return { id, at, cluster, treats, touched, pods, objects };
};

/** Notes on the hosts what the therapies have left there. A host that cannot is taken back without comparing. */
export const markLeft = async (
  inProgress: readonly InProgress[],
  { run }: Pick<RollbackWays, 'run'>,
): Promise<void> => {
  const marks = inProgress.flatMap(({ id, touched }) => touched.map(one => run(one.host, markScript(id, one))));
  await Promise.allSettled(marks);
};

const keyIn = (id: string): string => id.split('/').slice(2).join('/');

export interface RolledBack {
  /** Illnesses whose therapy is gone without a trace. */
  readonly whole: readonly string[];
  /** Where taking back failed, with the reason: it may be tried again. */
  readonly failed: readonly string[];
  /** What was done and cannot be undone by anybody. */
  readonly lasting: readonly string[];
}

export const rollback = async (inProgress: readonly InProgress[], ways: RollbackWays): Promise<RolledBack> => {
  const [failed, lasting]: [Map<string, string>, Map<string, string>] = [new Map(), new Map()];
  for (const one of [...inProgress].reverse()) {
    const back = (touched: Touched): Promise<void> => onHost(one, touched, ways, failed, lasting);
    // Members of a quorum never go all at once.
    for (const touched of one.touched.filter(each => isPlane(one, each))) await back(touched);
    await Promise.all(one.touched.filter(each => !isPlane(one, each)).map(back));
    for (const { path, says, stays } of await rollbackObjects(one.objects, ways.api))
      if (stays) lasting.set(`${clusterHost} ${path}`, `${path}: ${says}`);
      else failed.set(clusterHost, [failed.get(clusterHost), `${path}: ${says}`].filter(Boolean).join('; '));
  }
  const left = ({ wants }: Treated): boolean =>
    wants.some(id => lasting.has(id) || lasting.has(`${hostOf(id)} ${keyIn(id)}`) || failed.has(hostOf(id)));
  const whole = inProgress.flatMap(one => one.treats.filter(each => !left(each)).map(each => textOf(each.illness)));
  return { whole: [...new Set(whole)], failed: [...failed.values()], lasting: [...lasting.values()] };
};

const planes: readonly string[] = [...planePrograms, 'kw-haproxy', 'kw-keepalived'];

const isPlane = ({ pods }: InProgress, { host, units }: Touched): boolean =>
  units.some(unit => planes.includes(unit.replace(/\.service$/, ''))) ||
  pods.some(pod => pod.host === host && planes.includes(pod.program));

const onHost = async (
  { id, pods }: InProgress,
  touched: Touched,
  { run }: RollbackWays,
  failed: Map<string, string>,
  lasting: Map<string, string>,
): Promise<void> => {
  const { host } = touched;
  const script = scripts([
    sh`( ${raw(rollbackScript(id, touched))}\n) || exit 1`,
    ...pods.filter(pod => pod.host === host).map(pod => startedAgain(pod.program)),
    sh`true`,
  ]);
  const { code, stderr, stdout } = await run(host, script, 240_000).catch(error => ({
    code: 1,
    stderr: why(error),
    stdout: '',
  }));
  if (code !== 0) failed.set(host, `${host}: ${stderr.trim() || `exit code ${code}`}`);
  for (const [, kind = '', index] of stdout.matchAll(/^changed (path|unit|sysctl) (\d+)$/gm)) {
    const what = { path: touched.paths, unit: touched.units, sysctl: Object.keys(touched.sysctls) }[kind]?.[
      Number(index)
    ];
    if (what !== undefined) lasting.set(`${host} ${what}`, `${host}: ${what}: somebody has changed it since; it stays`);
  }
  for (const [, index] of stdout.matchAll(/^lasting (\d+)$/gm)) {
    const one = touched.lasting?.[Number(index)];
    if (one) lasting.set(one.id, `${one.id}: ${one.why}`);
  }
};

/** The kubelet starts it again over the files of before; waited for, as units are. */
const startedAgain = (program: string): Script => sh`if p=$(pidof ${program}); then kill $p
n=0; until q=$(pidof ${program}) && [ "$q" != "$p" ] || [ "$n" -ge 60 ]; do n=$((n+1)); sleep 1; done; fi`;

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A proven therapy needs its keep no more. What stays on a host that is away does no harm. */
export const forget = async (inProgress: readonly InProgress[], { run }: Pick<RollbackWays, 'run'>): Promise<void> => {
  const hosts = new Set(inProgress.flatMap(one => one.touched.map(touched => touched.host)));
  await Promise.all(
    [...hosts].map(host =>
      run(host, scripts(inProgress.map(one => sh`rm -rf ${`/var/lib/kubewizard/heal/${one.id}`}`))).catch(
        () => undefined,
      ),
    ),
  );
};

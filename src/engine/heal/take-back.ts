/** Before a therapy: what is there is kept. After one that did not cure: all of it comes back, newest first. */
import type { Plan } from '../../model/plan.js';
import { clusterHost, idOf, type Resource } from '../../model/resource.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import type { Api, KindTable } from '../context.js';
import type { RunOnHost } from './backup.js';
import { keepScript, takeBackScript } from './keep.js';
import { keepObjects, takeBackObjects } from './objects.js';
import type { Begun } from './pending.js';
import { rollbacksOf, type Touched, touchedBy } from './touched.js';
import { keyOf, type Treatment } from './treatments.js';

export interface KeepWays {
  readonly run: RunOnHost;
  readonly api: () => Promise<Api>;
}

/** Throws where something cannot be kept: then nothing may be changed. */
export const keep = async (
  id: string,
  at: string,
  treated: readonly Treatment[],
  { plan, resources }: { readonly plan: Plan; readonly resources: readonly Resource[] },
  { run, api, kinds }: KeepWays & { readonly kinds: KindTable },
): Promise<Begun> => {
  const back = rollbacksOf(resources, kinds);
  const touched = touchedBy(plan, back);
  const [objects] = await Promise.all([
    keepObjects(plan, api),
    ...touched.map(async one => {
      const { code, stderr } = await run(one.host, keepScript(id, one));
      if (code !== 0)
        throw new Error(`${one.host}: nothing was changed, because what is there could not be kept: ${stderr.trim()}`);
    }),
  ]);
  const pods = plan.steps.flatMap(({ id: step, host }) => {
    const way = back.get(step);
    return way?.by === 'pod' ? [{ host, program: way.program }] : [];
  });
  const wants = Object.fromEntries(treated.map(one => [keyOf(one.case, one.finding), one.therapy.want.map(idOf)]));
  return { id, at, treats: Object.keys(wants), wants, touched, pods, objects };
};

export interface TakenBack {
  /** Illnesses whose therapy is gone without a trace. */
  readonly whole: readonly string[];
  /** Where taking back failed, with the reason: it may be tried again. */
  readonly failed: readonly string[];
  /** What was done and cannot be undone by anybody. */
  readonly lasting: readonly string[];
}

export const takeBack = async (begun: readonly Begun[], ways: KeepWays): Promise<TakenBack> => {
  const [failed, lasting]: [Map<string, string>, Map<string, string>] = [new Map(), new Map()];
  for (const one of [...begun].reverse()) {
    const back = (touched: Touched): Promise<void> => onHost(one, touched, ways, failed, lasting);
    // Members of a quorum never go all at once.
    for (const touched of one.touched.filter(each => isPlane(one, each))) await back(touched);
    await Promise.all(one.touched.filter(each => !isPlane(one, each)).map(back));
    if (one.objects.length > 0)
      await takeBackObjects(one.objects, ways.api).catch(error => {
        failed.set(clusterHost, `the API: ${why(error)}`);
      });
  }
  const left = ({ wants = {} }: Begun, key: string): boolean =>
    (wants[key] ?? []).some(id => lasting.has(id) || failed.has(id.split('/')[0] ?? ''));
  const whole = begun.flatMap(one => one.treats.filter(key => (one.wants ? !left(one, key) : failed.size === 0)));
  return { whole: [...new Set(whole)], failed: [...failed.values()], lasting: [...lasting.values()] };
};

const planes = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kw-haproxy', 'kw-keepalived'];

const isPlane = ({ pods }: Begun, { host, units }: Touched): boolean =>
  units.some(unit => planes.includes(unit.replace(/\.service$/, ''))) ||
  pods.some(pod => pod.host === host && planes.includes(pod.program));

const onHost = async (
  { id, pods }: Begun,
  touched: Touched,
  { run }: KeepWays,
  failed: Map<string, string>,
  lasting: Map<string, string>,
): Promise<void> => {
  const { host } = touched;
  const script = scripts([
    sh`( ${raw(takeBackScript(id, touched))}\n) || exit 1`,
    ...pods.filter(pod => pod.host === host).map(pod => startedAgain(pod.program)),
    sh`true`,
  ]);
  const { code, stderr, stdout } = await run(host, script, 240_000).catch(error => ({
    code: 1,
    stderr: why(error),
    stdout: '',
  }));
  if (code !== 0) failed.set(host, `${host}: ${stderr.trim() || `exit code ${code}`}`);
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
export const forget = async (begun: readonly Begun[], { run }: Pick<KeepWays, 'run'>): Promise<void> => {
  const hosts = new Set(begun.flatMap(one => one.touched.map(touched => touched.host)));
  await Promise.all(
    [...hosts].map(host =>
      run(host, scripts(begun.map(one => sh`rm -rf ${`/var/lib/kubewizard/heal/${one.id}`}`))).catch(() => undefined),
    ),
  );
};

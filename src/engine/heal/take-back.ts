/** Before a therapy: what is there is kept. After one that did not cure: all of it comes back, newest first. */
import type { Plan } from '../../model/plan.js';
import { sh } from '../../shell/quote.js';
import type { Api } from '../context.js';
import type { RunOnHost } from './backup.js';
import { keepScript, takeBackScript, touchedBy } from './keep.js';
import { keepObjects, takeBackObjects } from './objects.js';
import type { Begun } from './pending.js';

export interface KeepWays { readonly run: RunOnHost; readonly api: () => Promise<Api> }

/** Throws where something cannot be kept: then nothing may be changed. */
export const keep = async (id: string, at: string, treats: readonly string[], plan: Plan, { run, api }: KeepWays): Promise<Begun> => {
  const touched = touchedBy(plan);
  const [objects] = await Promise.all([keepObjects(plan, api), ...touched.map(async one => {
    const { code, stderr } = await run(one.host, keepScript(id, one));
    if (code !== 0) throw new Error(`${one.host}: nothing was changed, because what is there could not be kept: ${stderr.trim()}`);
  })]);
  const pods = plan.steps.flatMap(({ kind, host, key }) => kind === 'residue' && key.startsWith('old ') ? [{ host, program: key.slice('old '.length) }] : []);
  return { id, at, treats, touched, pods, objects };
};

/** What could not be taken back, with the reason; [] when everything is as before. */
export const takeBack = async (begun: readonly Begun[], { run, api }: KeepWays): Promise<readonly string[]> => {
  const failed: string[] = [];
  for (const one of [...begun].reverse()) {
    await Promise.all(one.touched.map(async touched => {
      const restart = one.pods.filter(pod => pod.host === touched.host).map(pod => sh`p=$(pidof ${pod.program}) && kill $p`);
      const { code, stderr } = await run(touched.host, [`{ ${takeBackScript(one.id, touched)}\n} || exit 1`, ...restart, 'true'].join('\n')).catch(error => ({ code: 1, stderr: why(error) }));
      if (code !== 0) failed.push(`${touched.host}: ${stderr.trim() || `exit code ${code}`}`);
    }));
    if (one.objects.length > 0) await takeBackObjects(one.objects, api).catch(error => { failed.push(`the API: ${why(error)}`); });
  }
  return failed;
};

const why = (error: unknown): string => error instanceof Error ? error.message : String(error);

/** A proven therapy needs its keep no more. What stays on a host that is away does no harm. */
export const forget = async (begun: readonly Begun[], { run }: Pick<KeepWays, 'run'>): Promise<void> => {
  const hosts = new Set(begun.flatMap(one => one.touched.map(touched => touched.host)));
  await Promise.all([...hosts].map(host => run(host, begun.map(one => sh`rm -rf ${`/var/lib/kubewizard/heal/${one.id}`}`).join('\n')).catch(() => undefined)));
};

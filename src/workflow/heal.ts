/** Cures what the examination finds, and proves it by asking again. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { examine } from '../clinic/examine/examine.js';
import type { Case } from '../clinic/case.js';
import { cases as allCases } from '../clinic/cases/index.js';
import { heal as healing, type Healed, defaultTimeouts, type Timeouts } from '../engine/heal/index.js';
import type { Chart } from '../clinic/chart/chart.js';
import { WorldFailed } from '../model/event.js';
import { withRole } from '../model/cluster.js';
import { acting } from './clinic/act.js';
import { type Consenting, proposing } from './clinic/propose.js';
import { openTarget, type Target, type TargetOptions } from './clinic/target.js';
import { examinationOf } from './doctor.js';
import { mistaken } from './mistaken.js';
import type { Ports } from './ports.js';
import { begin, type Story } from './story.js';

export interface HealOptions extends Consenting {
  /** Ids, `case` or `case/variant`; absent: all. */
  readonly chosen?: readonly string[] | undefined;
  /** Absent: all that are known. */
  readonly cases?: readonly Case[];
  readonly timeouts?: Timeouts;
}

/** Throws Mistaken for a case that nobody knows, before anything is asked. */
export async function heal(target: TargetOptions, ports: Ports, options: HealOptions = {}): Promise<Healed> {
  checkCases(options.chosen ?? [], options.cases ?? allCases);
  const story = begin(ports);
  const opened = await openTarget(story, { ...target, dryRun: options.dryRun });
  try {
    return await healTarget(story, opened, options);
  } finally {
    opened.close();
  }
}

export const healTarget = (story: Story, target: Target, options: HealOptions): Promise<Healed> => {
  const { session } = target;
  const { cases = allCases, chosen = [], dryRun = false, timeouts = defaultTimeouts } = options;
  return healing({
    cluster: session.spec.name,
    dir: session.dir,
    cases,
    chosen,
    dryRun,
    kinds: story.craft.kinds,
    clock: story.ports.clock,
    timeouts: timeouts,
    etcdHosts: withRole(session.spec, 'etcd')
      .filter(host => !session.lost.has(host.name))
      .map(host => host.name),
    run: async (host, script, timeoutMs = 60_000) => (await session.connections(host)).run(script, { timeoutMs }),
    api: session.api,
    read: session.read,
    examine: async () => {
      const chart = await lookedAt(story, target, cases);
      const report = examine(chart, cases);
      story.emit(examinationOf(report));
      return { chart, report };
    },
    act: acting(story, target),
    agree: proposing(story, options),
    emit: story.emit,
    tell: says => story.emit({ type: 'note', says }),
    sleep: seconds => sleep(seconds * 1000),
    newId: () => randomBytes(6).toString('hex'),
  });
};

/**
 * First what is there, at once. What the blueprint wants is made of artifacts, which may take minutes to have: they are
 * asked for only where something is ill, since therapies may need it.
 */
async function lookedAt(story: Story, target: Target, cases: readonly Case[]): Promise<Chart> {
  const seen = await target.chart();
  if (seen.wanted || !target.artifacts || examine(seen, cases).causes.length === 0) return seen;
  const why = await target.artifacts().then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof WorldFailed) return error.failure.message;
      throw error;
    },
  );
  if (why === undefined) return target.chart();
  story.emit({ type: 'note', says: `therapies that write what kw up would write are left out: ${why}` });
  return seen;
}

function checkCases(chosen: readonly string[], cases: readonly Case[]): void {
  for (const word of chosen) {
    const [id, variant] = word.split('/');
    const found = cases.find(one => one.id === id);
    if (!found || (variant !== undefined && !(variant in found.variants)))
      throw mistaken(
        'unknown-case',
        `there is no case ${word}`,
        `kw cases lists them${found ? `; ${found.id} has the variants ${Object.keys(found.variants).join(', ')}` : ''}`,
      );
  }
}

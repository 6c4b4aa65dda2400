import { service as factOf, type ServiceState } from '../facts/service.js';
import { type Action, type Change, changed, removed } from '../model/resource.js';
import { disturbs } from './kind/disturbs.js';
import { passed } from '../shell/before.js';
import { defineKind } from './kind.js';
import { restart, stop, waitFor } from './service/scripts.js';
import type { ServiceWant } from './wants.js';

/** A systemd unit in the state we want, started with its inputs as they are now. */
export const service = defineKind<'service', ServiceWant, ServiceState>({
  kind: 'service',
  role: 'unit',
  named: unit => [unit, unit.replace(/\.service$/, '')],
  read: (unit, want) => factOf(unit, want.reads),

  diff(want, have) {
    const changes: Change[] = [];
    if (want.atBoot !== startsAtBoot(have))
      changes.push(changed('atBoot', have.enabled || undefined, want.atBoot ? 'enabled' : 'disabled'));
    if (want.running !== runs(want, have))
      changes.push(
        want.running ? changed('running', stateText(have), 'running') : removed('running', stateText(have), 'stopped'),
      );
    // A restart is owed, not notified: it survives a crash between writing the file and restarting the unit.
    else if (want.running && have.stale.length > 0) changes.push(fresh(want, have.stale));
    if (want.running && have.kept) changes.push(unproven);
    return changes;
  },

  predictChanges(want, have, written) {
    const stale = want.reads.filter(path => written.has(path) && !have.stale.includes(path));
    return want.running && runs(want, have) && stale.length > 0 ? [fresh(want, [...have.stale, ...stale])] : [];
  },

  plan(unit, want, changes) {
    const found = (field: string): Change | undefined => changes.find(change => change.field === field);
    const has = (field: string): boolean => found(field) !== undefined;
    const actions: Action[] = [
      {
        do: 'run',
        script: want.running ? restart(unit, want, has('atBoot'), state(found), has('proven')) : stop(unit, want),
        says: says(unit, want, changes),
      },
    ];
    const inTurn = want.running && (has('fresh') || has('proven'));
    if (inTurn || (want.running && has('running'))) actions.push(...waitFor(unit, want, inTurn));
    if (inTurn) actions.push({ do: 'run', script: passed(unit), says: `${unit} has passed its gate` });
    if (inTurn)
      return {
        ...{ actions, risk: want.restartRisk ?? 'restart' },
        ...(want.endsIn ? { seconds: want.endsIn } : {}),
        ...(want.lifeline ? { lifeline: true } : {}),
      };
    if (want.running || !has('running')) return { actions, risk: 'none' };
    // Who stops ends what it serves first, as before a restart.
    return { actions, risk: 'downtime', ...(want.endsIn ? { seconds: want.endsIn } : {}) };
  },

  volatileFields: ['running', 'proven'],
  // What starts over and over is met between two starts as often as not. What may not always start is asked anew.
  covers: ({ running, startGuard }, planned) =>
    running && !startGuard && planned.some(({ field }) => field === 'fresh' || field === 'proven') ? ['running'] : [],
  rollback: unit => ({ by: 'unit', unit }),
  serialClass: disturbs,
  join: (one, other) => both(one, other),
  ideal: want => ({
    active: want.running ? 'active' : 'inactive',
    sub: want.running ? (want.oneshot ? 'exited' : 'running') : 'dead',
    enabled: want.atBoot ? 'enabled' : 'disabled',
    load: 'loaded',
    stale: [],
  }),
  undo: (_, { ready: _ready, guard: _guard, startGuard: _startGuard, ...want }) =>
    want.running || want.atBoot ? { ...want, running: false, atBoot: false } : undefined,
});

/** A unit that runs and has read the files of both. The blueprint's own want knows how to wait for it. */
const both = (one: ServiceWant, other: ServiceWant): ServiceWant | undefined => {
  if (one.running !== other.running || one.atBoot !== other.atBoot) return undefined;
  const [fuller, plainer] = Object.keys(other).length > Object.keys(one).length ? [other, one] : [one, other];
  return { ...fuller, reads: [...new Set([...fuller.reads, ...plainer.reads])] };
};

/** A run that was cut off has changed what it reads; whether it serves since, nobody has seen. */
const unproven: Change = {
  verb: 'restart',
  field: 'proven',
  from: 'changed, and not seen to serve since',
  to: 'serves',
};

const fresh = ({ reloads = [] }: ServiceWant, stale: readonly string[]): Change => {
  const change = { verb: 'restart', field: 'fresh', from: `started before ${stale.join(', ')}` } as const;
  return stale.every(path => reloads.includes(path))
    ? { ...change, to: 'reloaded', reloads: true }
    : { ...change, to: 'restarted' };
};

/**
 * `activating` in its RestartSec pause, `failed`, or just coming up: none of these runs, and none but failed is
 * stopped.
 */
const runs = (want: ServiceWant, have: ServiceState): boolean =>
  want.running
    ? have.active === 'active' && (want.oneshot === true || have.sub !== 'exited')
    : have.active !== 'inactive' && have.active !== 'failed';

// A unit without an [Install] section is started by what needs it; enabling it would never end.
const bootStates = new Set(['enabled', 'static', 'generated', 'alias', 'indirect']);
const startsAtBoot = (have: ServiceState): boolean => bootStates.has(have.enabled);

const stateText = (have: ServiceState): string | undefined =>
  have.load === 'not-found' ? undefined : `${have.active} (${have.sub})`;

const state = (found: (field: string) => Change | undefined): 'fresh' | 'running' | undefined =>
  found('fresh') ? 'fresh' : found('running') ? 'running' : undefined;

function says(unit: string, want: ServiceWant, changes: readonly Change[]): string {
  if (!want.running) return `stop ${unit}`;
  if (changes.some(change => change.reloads)) return `reload ${unit}`;
  if (changes.some(change => change.field === 'fresh')) return `restart ${unit}`;
  if (changes.some(change => change.field === 'running')) return `start ${unit}`;
  return changes.some(change => change.field === 'proven') ? `ask ${unit}` : `enable ${unit}`;
}

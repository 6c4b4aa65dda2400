/** Events in, the state of the run out: pure, and linear for a thousand hosts when events come in batches. */
import { type Event, withPutBack } from '../../../model/event.js';
import { newHost, nothingYet, type HostProgress, type Progress } from './state.js';

const notesKept = 3;

/** The hosts are copied once per batch, not once per event. */
export const fold = (state: Progress, events: readonly Event[]): Progress => {
  const hosts = new Map(state.hosts);
  return events.reduce<Progress>(
    (before, event) => {
      if (event.type === 'run-started') start(hosts, event.hosts ?? {});
      if ('host' in event && event.host !== undefined && event.type !== 'note')
        hosts.set(event.host, hostAfter(hosts.get(event.host) ?? newHost(event.host), event));
      return runAfter(before, event);
    },
    { ...state, hosts },
  );
};

/** What was known of the hosts before the run began is only whether they can be reached. */
const start = (hosts: Map<string, HostProgress>, steps: Readonly<Record<string, number>>): void => {
  for (const [name, { link }] of hosts) hosts.set(name, { ...newHost(name), link });
  for (const [name, of] of Object.entries(steps)) hosts.set(name, { ...(hosts.get(name) ?? newHost(name)), of });
};

const runAfter = (state: Progress, event: Event): Progress => {
  switch (event.type) {
    case 'run-started':
      return {
        ...nothingYet,
        hosts: state.hosts,
        run: {
          id: event.run,
          cluster: event.cluster,
          command: event.command,
          steps: event.steps,
          since: Date.parse(event.at),
        },
      };
    case 'step-done':
      return event.how === 'mended'
        ? { ...state, mended: state.mended + 1 }
        : { ...state, converged: state.converged + 1 };
    case 'step-failed':
      return { ...state, failed: state.failed + 1 };
    case 'step-blocked':
      return { ...state, blocked: state.blocked + 1 };
    case 'note':
      return { ...state, notes: [...state.notes, event].slice(-notesKept) };
    case 'proof':
      return { ...state, proofs: [...state.proofs, event] };
    case 'conformance-ended':
      return { ...state, conformance: event };
    case 'run-ended':
      return { ...state, ended: event };
    default:
      return state;
  }
};

const hostAfter = (host: HostProgress, event: Event): HostProgress => {
  switch (event.type) {
    case 'host-connecting':
      return { ...host, link: 'connecting' };
    case 'host-ready':
      return { ...host, link: 'ready' };
    case 'host-lost':
      return { ...host, link: 'lost', active: [], failures: [...host.failures, event.failure] };
    case 'step-started':
      return { ...host, active: [...without(host, event.step), begun(event)] };
    case 'step-waiting':
      return { ...host, active: waiting(host, event) };
    case 'step-done':
      return { ...settled(host, event.step), done: host.done + 1 };
    case 'step-failed':
      return { ...settled(host, event.step), failures: [...host.failures, { step: event.step, ...event.failure }] };
    case 'step-blocked':
      return { ...host, active: without(host, event.step), blocked: host.blocked + 1 };
    case 'put-back-started':
      return { ...host, active: [...host.active, puttingBack(event)] };
    case 'put-back':
      return {
        ...host,
        active: without(host, backOf(event.units)),
        failures: host.failures.map(one =>
          one.step !== undefined && event.steps.includes(one.step) ? withPutBack(one, event.says) : one,
        ),
      };
    case 'upload':
      return uploading(host, event);
    default:
      return host;
  }
};

const begun = ({
  step,
  says,
  at,
  expected,
}: Extract<Event, { type: 'step-started' }>): HostProgress['active'][number] => ({
  step,
  says,
  since: Date.parse(at),
  ...(expected === undefined ? {} : { expected }),
});

/** As if it were a step, so that it is drawn as one. */
const backOf = (units: readonly string[]): string => `put back ${units.join(', ')}`;
const puttingBack = ({ units, at }: Extract<Event, { type: 'put-back-started' }>): HostProgress['active'][number] => ({
  step: backOf(units),
  says: `puts back what stood before: ${units.join(', ')}`,
  since: Date.parse(at),
});

const without = (host: HostProgress, step: string): HostProgress['active'] =>
  host.active.filter(one => one.step !== step);

/** A step that ends takes the bar of its upload along. */
const settled = ({ upload: _, ...host }: HostProgress, step: string): HostProgress => ({
  ...host,
  active: host.active.filter(one => one.step !== step),
});

const waiting = (host: HostProgress, event: Extract<Event, { type: 'step-waiting' }>): HostProgress['active'] => {
  const known = host.active.find(one => one.step === event.step);
  const now = {
    step: event.step,
    says: known?.says ?? event.step,
    since: known?.since ?? Date.parse(event.at),
    waits: event.says,
    ...(known?.expected === undefined ? {} : { expected: known.expected }),
  };
  return known ? host.active.map(one => (one === known ? now : one)) : [...host.active, now];
};

const uploading = (
  { upload: _, ...host }: HostProgress,
  { name, bytes, of }: Extract<Event, { type: 'upload' }>,
): HostProgress => (bytes < of ? { ...host, upload: { name, bytes, of } } : host);

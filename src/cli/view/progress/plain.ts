/** A run as lines for a pipe or a log: what happened, when, where. */
import type { Event } from '../../../model/event.js';
import { takenBackText } from '../taken-back.js';
import { count, duration, oneLine, stepName } from '../words.js';
import { left } from './host-line.js';
import type { Progress } from './state.js';

/** Above this, one line per step would be tens of thousands. */
const mostHosts = 50;

/** The line of an event, undefined when it says nothing new. @param state The run after this event. */
export const plainLine = (event: Event, state: Progress): string | undefined => {
  const text = words(event, state);
  if (text === undefined) return undefined;
  const since = state.run ? (Date.parse(event.at) - state.run.since) / 1000 : 0;
  return `[${duration(since).padStart(7)}] ${text}`;
};

const words = (event: Event, state: Progress): string | undefined => {
  const many = state.hosts.size > mostHosts;
  switch (event.type) {
    case 'run-started':
      return `${event.command} ${oneLine(event.cluster)}: ${count(event.steps, 'step')}, run ${oneLine(event.run)}`;
    case 'host-lost':
      return `${oneLine(event.host)} LOST: ${oneLine(event.failure.message)}`;
    case 'step-started':
      return undefined;
    case 'step-waiting':
      return many
        ? undefined
        : `${oneLine(event.host)} waits: ${oneLine(event.says)}${more(event, state)} (${stepName(event.step)})`;
    case 'step-done':
      return many || event.how === 'converged'
        ? undefined
        : `${oneLine(event.host)} done: ${stepName(event.step)} (${duration(event.seconds)})`;
    case 'step-failed':
      return `${oneLine(event.host)} FAILED: ${stepName(event.step)}: ${oneLine(event.failure.message)}`;
    case 'step-blocked':
      return many
        ? undefined
        : `${oneLine(event.host)} blocked: ${stepName(event.step)}, behind ${oneLine(event.root)}`;
    case 'put-back-started':
      return `${oneLine(event.host)} puts back what stood before: ${oneLine(event.units.join(', '))}`;
    case 'put-back':
      return `${oneLine(event.host)} ${event.ok ? '' : 'FAILED: '}${oneLine(event.says)}`;
    case 'taken-back':
      return oneLine(takenBackText(event));
    // Its end is told by the step that fetched it.
    case 'upload':
      return many || event.bytes >= event.of
        ? undefined
        : `${oneLine(event.host)} fetches ${oneLine(event.name)}: ` +
            `${Math.floor((100 * event.bytes) / event.of)} % of ${Math.ceil(event.of / 1e6)} MB`;
    case 'note':
      return `${event.host ? `${oneLine(event.host)}: ` : ''}${oneLine(event.says)}`;
    case 'proof':
      return (
        `${event.ok ? 'proven' : 'NOT PROVEN'}: ${oneLine(event.name)}: ${oneLine(event.says)} ` +
        `(${duration(event.seconds)})`
      );
    default:
      return undefined;
  }
};

const more = ({ host, step, at }: Extract<Event, { type: 'step-waiting' }>, state: Progress): string => {
  const active = state.hosts.get(host)?.active.find(one => one.step === step);
  return active ? left(active, Date.parse(at)) : '';
};

const uploadEveryMs = 5_000;

/** Whether an event is worth a line: of an upload one every five seconds is, however often it is told of. */
export const worthALine = (): ((event: Event) => boolean) => {
  const told = new Map<string, number>();
  return event => {
    if (event.type !== 'upload') return true;
    const [transfer, now] = [`${event.host} ${event.name}`, Date.parse(event.at)];
    if (now - (told.get(transfer) ?? Number.NEGATIVE_INFINITY) < uploadEveryMs) return false;
    told.set(transfer, now);
    return true;
  };
};

/** The line that stands for many, to be printed now and then. */
export const tally = (state: Progress): string => {
  const hosts = [...state.hosts.values()];
  const finished = hosts.filter(host => host.of !== undefined && host.done >= host.of).length;
  const bad = hosts.filter(host => host.failures.length > 0).length;
  return (
    `${state.mended + state.converged} of ${count(state.run?.steps ?? 0, 'step')}, ${finished} of ` +
    `${count(hosts.length, 'host')} done${bad > 0 ? `, ${bad} failed` : ''}`
  );
};

export const needsTally = (state: Progress): boolean => state.hosts.size > mostHosts;

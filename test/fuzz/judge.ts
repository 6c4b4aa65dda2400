/** Runs one input through one target: fine, or what is wrong with it. */
import { Unreadable } from '../../src/model/fact.js';
import { WorldFailed } from '../../src/model/event.js';
import { Mistaken } from '../../src/workflow/mistaken.js';
import type { Target } from './target.js';

export interface Wrong {
  readonly kind: 'thrown' | 'slow' | 'polluted';
  /** Equal for the same bug. */
  readonly bug: string;
  readonly stack: string;
}

/** A person would take this for a hang; measured in the time of the processor, as machines are busy. */
export const slowMs = 3_000;

const allowed = (error: unknown): boolean =>
  error instanceof Unreadable ||
  (error instanceof WorldFailed && error.failure.message !== '') ||
  (error instanceof Mistaken && error.problems.every(({ says }) => says !== ''));

const ownNames = (): string =>
  [Object.prototype, Array.prototype, String.prototype, Function.prototype]
    .map(one => Object.getOwnPropertyNames(one).join())
    .join(';');
const clean = ownNames();

const thrown = (error: unknown): Wrong => {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(`thrown: ${String(error)}`);
  // An overflow may break anywhere on its way down; the frames that repeat say which way it was.
  const frames = stack.split('\n').filter(line => /^ +at .*\/(src|node_modules)\//.test(line));
  const where = /call stack/.test(message) ? [...new Set(frames.map(file))].sort().slice(0, 3) : [frames[0] ?? ''];
  const says = error instanceof SyntaxError ? '' : message.replaceAll(/\d+/g, '0').slice(0, 60);
  return { kind: 'thrown', bug: `${name}: ${says} ${where.join(' ').trim()}`, stack: stack.slice(0, 3000) };
};

const file = (frame: string): string => /\/((?:src|node_modules)\/[^:]+):/.exec(frame)?.[1] ?? '';

export const judge = async (target: Target, input: string, slow = slowMs): Promise<Wrong | undefined> => {
  const begun = process.cpuUsage();
  let wrong: Wrong | undefined;
  try {
    await target.run(input);
  } catch (error) {
    if (!allowed(error)) wrong = thrown(error);
  }
  const { user, system } = process.cpuUsage(begun);
  if (ownNames() !== clean || ({} as { polluted?: unknown }).polluted !== undefined)
    return { kind: 'polluted', bug: `${target.name}: a prototype was changed`, stack: '' };
  const ms = Math.round((user + system) / 1000);
  if (!wrong && ms > slow) return { kind: 'slow', bug: `${target.name}: slow`, stack: `${ms} ms of the processor` };
  return wrong;
};

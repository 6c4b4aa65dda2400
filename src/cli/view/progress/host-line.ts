/** One host, one line. */
import pc from 'picocolors';
import { cut, duration, oneLine, stepName } from '../words.js';
import type { Active, HostProgress } from './state.js';

export type Mood = 'failed' | 'lost' | 'working' | 'connecting' | 'idle' | 'done';

export interface HostLine {
  readonly width: number;
  readonly color: boolean;
  readonly unicode: boolean;
  /** Columns of the longest name. */
  readonly names: number;
  readonly now: number;
}

export const moodOf = (host: HostProgress): Mood => {
  if (host.link === 'lost') return 'lost';
  if (host.failures.length > 0) return 'failed';
  if (host.active.length > 0) return 'working';
  if (host.of !== undefined && host.done >= host.of) return 'done';
  return host.link === 'connecting' ? 'connecting' : 'idle';
};

const unicode: Readonly<Record<Mood, string>> = {
  failed: '✗',
  lost: '✗',
  working: '●',
  connecting: '○',
  idle: '·',
  done: '✓',
};
const ascii: Readonly<Record<Mood, string>> = {
  failed: 'x',
  lost: 'x',
  working: '*',
  connecting: 'o',
  idle: '.',
  done: '+',
};

export const hostLine = (host: HostProgress, line: HostLine): string => {
  const mood = moodOf(host);
  const colors = pc.createColors(line.color);
  const paint = {
    failed: colors.red,
    lost: colors.red,
    working: colors.cyan,
    connecting: colors.yellow,
    idle: colors.dim,
    done: colors.green,
  }[mood];
  const name = cut(oneLine(host.name), line.names).padEnd(line.names);
  const tally = (host.of === undefined ? `${host.done}` : `${host.done}/${host.of}`).padStart(7);
  const room = Math.max(0, line.width - name.length - tally.length - 6);
  const text = doing(host, mood, line.now, room);
  return (
    `${paint((line.unicode ? unicode : ascii)[mood])} ${name} ${tally}  ` +
    `${mood === 'failed' || mood === 'lost' ? colors.red(text) : text}`
  ).trimEnd();
};

const doing = (host: HostProgress, mood: Mood, now: number, room: number): string => {
  const blocked = host.blocked > 0 ? `${host.blocked} blocked` : '';
  const [failure] = host.failures;
  if (failure) {
    const what = failure.step === undefined ? '' : `${stepName(failure.step)}: `;
    const behind = blocked && ` (${blocked})`;
    return cut(`${what}${oneLine(failure.message)}`, room - behind.length) + cut(behind, room);
  }
  return cut(mood === 'working' ? working(host, now) : mood === 'connecting' ? 'connecting' : blocked, room);
};

const working = (host: HostProgress, now: number): string => {
  // What takes longest is what a person waits for.
  const oldest = host.active.reduce<HostProgress['active'][number] | undefined>(
    (first, one) => (!first || one.since < first.since ? one : first),
    undefined,
  );
  if (!oldest) return '';
  const more = host.active.length > 1 ? ` and ${host.active.length - 1} more` : '';
  const waits = oldest.waits === undefined ? '' : `  waits: ${oneLine(oldest.waits)}`;
  return (
    `${oneLine(oldest.says)}${more}  ` +
    `${duration((now - oldest.since) / 1000)}${left(oldest, now)}${upload(host)}${waits}`
  );
};

/** How much longer; what takes longer than it was going to says that. */
export const left = ({ expected, since }: Pick<Active, 'expected' | 'since'>, now: number): string => {
  if (expected === undefined) return '';
  const more = Math.round(expected - (now - since) / 1000);
  return more > 0 ? `, about ${duration(more)} more` : `, expected ${duration(expected)}`;
};

const upload = ({ upload: file }: HostProgress): string =>
  file && file.of > 0 ? `  ${oneLine(file.name)} ${Math.floor((file.bytes / file.of) * 100)} %` : '';

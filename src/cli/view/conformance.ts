/** Conformance tests as a person reads them. */
import type { ConformanceEvent } from '../../model/conformance.js';
import { count, duration, oneLine } from './words.js';

type Of<T extends ConformanceEvent['type']> = Extract<ConformanceEvent, { type: T }>;

export const startedText = ({
  version,
  tests,
  serial,
  leftOut,
  parallel,
  seconds,
  folder,
}: Of<'conformance-started'>) =>
  `e2e.test ${version}: ${count(tests, 'test')}, ${tests - serial} of them ${parallel} at a time and ${serial} alone` +
  `${leftOut > 0 ? ` (${leftOut} left out)` : ''}, about ${aboutText(seconds)}; results: ${folder}`;

const words = { passed: 'passed', failed: 'FAILED', 'not-run': 'NOT RUN' } as const;

export const testText = ({ name, result, seconds, why, done, of, left }: Of<'conformance-test'>): string => {
  const rest = done < of ? `, about ${aboutText(left)} left` : '';
  const reason = why === undefined ? '' : `\n  ${oneLine(why.split('\n', 1)[0] ?? '')}`;
  const count = `${String(done).padStart(String(of).length)}/${of}`;
  return `${count} ${words[result]}: ${oneLine(name)} (${duration(seconds)}${rest})${reason}`;
};

const aboutText = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;

/** Of more than these the folder has the rest. */
const mostNames = 30;

export const endedText = (ended: Of<'conformance-ended'>): string => {
  const { ok, passed, failed, notRun, leftOut, troubles, seconds, folder } = ended;
  const chosen = passed + failed.length + notRun.length;
  const parts = [
    `${passed} of ${count(chosen, 'test')} passed in ${duration(seconds)}`,
    ...(failed.length > 0 ? [`${failed.length} failed`] : []),
    ...(notRun.length > 0 ? [`${notRun.length} not run`] : []),
    ...(leftOut > 0 ? [`${leftOut} left out by you`] : []),
  ];
  return [
    `${ok ? 'conformant, as far as it was asked' : 'NOT PROVEN'}: ${parts.join(', ')}`,
    ...named('failed', failed),
    ...named(
      'not run',
      notRun.map(({ name, why }) => `${name}: ${why.split('\n', 1)[0]}`),
    ),
    ...troubles.map(one => `  ${oneLine(one)}`),
    `all results, the tests that were not run with their reasons, and the logs: ${folder}`,
  ].join('\n');
};

const named = (what: string, names: readonly string[]): readonly string[] => [
  ...names.slice(0, mostNames).map(name => `  ${what}: ${oneLine(name)}`),
  ...(names.length > mostNames ? [`  and ${names.length - mostNames} more`] : []),
];

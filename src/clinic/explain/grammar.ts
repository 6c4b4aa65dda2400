/** From the words of a log to records of who failed, doing what, with whom, and how. */
import { readings } from '../examine/normalise.js';
import { apart } from './apart.js';
import { type Account, type Target, components, activities, outcomes, targets } from './account.js';
import { uncoated } from './coats.js';
import { place } from './places.js';
import { spokenIn } from './spoken.js';
import { tabledIn } from './tables.js';
import { triedOnly, typedIn, wasTyped } from './transcript.js';
import { doings, whos, withoutPods } from './speakers.js';
import { numbered } from './numbers.js';
import { hows } from './words.js';

/** One for each thing that is told, the last first: the end is nearest to the illness. What tells little comes last. */
export const accountsIn = (text: string): readonly Account[] => {
  const plain = uncoated(text);
  const lines = plain
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-400);
  const told = loggedIn(lines);
  const whole = [...triedOnly(lines), ...tabledIn(lines), ...spokenIn(readings(plain)[0])];
  const all = told.some(one => one.how !== 'failed') ? told : [...told, ...readings(apart(plain)).flatMap(accountIn)];
  const unique = [...new Map([...[...all].reverse(), ...whole].map(one => [JSON.stringify(one), one])).values()];
  return [...unique.filter(one => one.how !== 'failed'), ...unique.filter(one => one.how === 'failed')].slice(0, 8);
};

/** Line by line: below a command that was typed, it is this command that speaks. */
const loggedIn = (lines: readonly string[]): readonly Account[] => {
  let speaker: Partial<Account> = {};
  return lines.flatMap(line => {
    if (wasTyped(line)) speaker = typedIn(line);
    return accountIn(line).map(one => ({ ...speaker, ...one }));
  });
};

/** Which part of a program wrote a line is not what it did: `attach-detach-controller`. */
const logger = / logger=\\*"[\w.-]{1,120}\\*"/g;

const accountIn = (raw: string): readonly Account[] => {
  const line = readings(raw.slice(0, 8192).replace(logger, ''))[0];
  const told = firstOf(hows, line);
  const how = told === undefined || told === 'failed' ? (numbered(line) ?? told) : told;
  if (how === undefined) return [];
  const [who, doing] = [firstOf(whos, withoutPods(line)), firstOf(doings, line)];
  const at = place(line, how);
  // Whoever pulls an image speaks to a registry, by whatever address.
  const partner =
    doing === 'pull' && (at.whom === undefined || at.whom === 'address') ? { ...at, whom: 'registry' as const } : at;
  const one: Account = { ...(who && { who }), ...(doing && { doing }), ...partner, how };
  return how === 'failed' && !one.who && !one.whom && !one.doing ? [] : [one];
};

const firstOf = <T>(table: readonly (readonly [T, RegExp])[], line: string): T | undefined =>
  table.find(([, pattern]) => pattern.test(line))?.[0];

/** What is used, and not spoken to. */
const things: ReadonlySet<Target> = new Set([
  'file',
  'kernel-file',
  'volume',
  'program',
  'image-store',
  'object',
  'node',
  'credential',
  'own-port',
  'rootfs',
]);

/** `the API server could not get through to etcd (10.0.0.11:2379): connection refused`. */
export const accountText = ({ who, doing, whom, at, how, words }: Account): string => {
  const subject = `${who ? components[who] : 'whoever wrote this line'}${doing ? `, ${activities[doing]},` : ''}`;
  const outcome = words === undefined ? outcomes[how] : `“${words}”`;
  if (whom === undefined) return `${subject} met this: ${outcome}`;
  const object = `${targets[whom]}${at ? ` (${at})` : ''}`;
  if (whom === 'process') return `${subject} had no memory left for ${object}: ${outcome}`;
  const missed = things.has(whom) ? 'could not use' : 'could not get through to';
  return `${subject} ${missed} ${object}: ${outcome}`;
};

/** Is the file of the right shape? Every mistake at once, and what remains when the mistakes are left out. */
import type { z } from 'zod';
import type { Path } from './document.js';
import { dotted, mistake, onKey, type Finding } from './finding.js';
import { clusterFile, type ClusterFile } from './schema.js';
import { restoreIndex, valueAt, without } from './prune.js';
import { keysAt } from './schema-keys.js';
import { didYouMean } from './suggest.js';

type Issue = z.core.$ZodIssue;

export interface Shape {
  readonly findings: readonly Finding[];
  /** What is left of the file without its mistakes; undefined when too little is left to go on. */
  readonly rest: ClusterFile | undefined;
  /** Where something was left out. */
  readonly holes: readonly Path[];
}

export const checkShape = (value: unknown): Shape => {
  const first = parsed(value);
  if (first.success) return { findings: [], rest: first.data, holes: [] };
  const findings = first.error.issues.flatMap(flatten).flatMap(issue => explain(issue, value));
  return {
    findings,
    ...salvage(
      value,
      findings.map(({ path }) => path),
    ),
  };
};

/** The check of a text's length also looks at a mapping's own key `length`, and throws where that is not a number. */
const parsed = (value: unknown): ReturnType<typeof clusterFile.safeParse> => {
  try {
    return clusterFile.safeParse(value);
  } catch {
    return clusterFile.safeParse(withoutLength(value));
  }
};

const withoutLength = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutLength);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'length');
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutLength(each)]));
};

/** Leaves out what is wrong, and what is wrong without that (a host without its address), until the rest is sound. */
const salvage = (value: unknown, wrong: readonly Path[]): Pick<Shape, 'rest' | 'holes'> => {
  let holes = wrong;
  for (let round = 0; round < 8; round++) {
    const rest = parsed(propped(without(value, holes)));
    if (rest.success) return { rest: rest.data, holes };
    const more = rest.error.issues.flatMap(flatten).map(issue => lose(issue, holes));
    if (more.some(({ length }) => length === 0)) break;
    holes = [...holes, ...more];
  }
  return { rest: undefined, holes };
};

/** What to leave out next: the thing itself, or, where a thing is lacking, that which lacks it. */
const lose = (issue: Issue, holes: readonly Path[]): Path => {
  const path = restoreIndex(
    issue.path.map(step => (typeof step === 'number' ? step : String(step))),
    holes,
  );
  const gone = holes.some(hole => hole.length === path.length && hole.every((step, i) => path[i] === step));
  return gone || issue.code === 'invalid_type' ? path.slice(0, -1) : path;
};

/** Without a name or a host there is still much to say about the rest. */
const propped = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { name = 'unnamed', hosts, ...rest } = value as Record<string, unknown>;
  return {
    ...rest,
    name,
    hosts: hosts === undefined || (Array.isArray(hosts) && hosts.length === 0) ? ['192.0.2.1'] : hosts,
  };
};

/** A host is an address or a mapping: of the two ways in which it is wrong, the one that its author meant. */
const flatten = (issue: Issue): readonly Issue[] => {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.find(branch => !branch.some(one => one.code === 'invalid_type' && one.path.length === 0));
  if (!meant) return [{ ...issue, errors: [] }];
  return meant.map(one => ({ ...one, path: [...issue.path, ...one.path] }) as Issue).flatMap(flatten);
};

const explain = (issue: Issue, root: unknown): readonly Finding[] => {
  const path = issue.path.map(step => (typeof step === 'number' ? step : String(step)));
  const name = dotted(path) || 'the file';
  const given = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => {
        const says = `${path.length ? name : 'a cluster file'} has no '${key}'`;
        return onKey(mistake('unknown-key', [...path, key], says, didYouMean(key, keysAt(path))));
      });
    case 'invalid_type':
      return [
        given === undefined
          ? mistake('missing-key', path, `${name} is missing`, missing[path.join('.')])
          : wrongType(path, name, given, wanted[issue.expected] ?? issue.expected, quoting(path, given)),
      ];
    case 'invalid_union':
      return [wrongType(path, name, given, unions[String(path.at(-2))] ?? 'an address or a mapping')];
    case 'invalid_value': {
      const help = didYouMean(typeof given === 'string' ? given : '', issue.values.map(String));
      return [mistake('wrong-value', path, `${name} cannot be ${show(given)}`, help)];
    }
    case 'too_small':
      return [outOfRange(path, name, given, `the least is ${issue.minimum}`)];
    case 'too_big':
      return [outOfRange(path, name, given, `the most is ${issue.maximum}`)];
    default:
      return [mistake('wrong-value', path, `${name}: ${issue.message}`)];
  }
};

const wrongType = (path: Path, name: string, given: unknown, meant: string, help?: string): Finding =>
  mistake('wrong-type', path, `${name} is ${kindOf(given)}; ${meant} is wanted`, help);

/** Of a text or a list that has a least length, only the empty one is too short. */
const outOfRange = (path: Path, name: string, given: unknown, bound: string): Finding =>
  typeof given === 'number'
    ? mistake('out-of-range', path, `${name} is ${given}; ${bound}`)
    : mistake('empty', path, `${name} is empty`);

const unions: Readonly<Record<string, string>> = { extraArgs: 'a text, a number or true or false' };
const missing: Readonly<Record<string, string>> = {
  name: 'name: my-cluster',
  hosts: 'hosts: a list of addresses is enough',
};
const wanted: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

const kindOf = (value: unknown): string => {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `the text '${value.slice(0, 80)}'`;
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'boolean' ? String(value) : 'a mapping';
};

const show = (value: unknown): string => (typeof value === 'string' ? `'${value.slice(0, 80)}'` : kindOf(value));

const quoting = (path: Path, given: unknown): string | undefined => {
  if (path[0] === 'kubernetes' && typeof given === 'number') return 'write an exact version in quotes: "1.30.14"';
  return typeof given === 'number' || typeof given === 'boolean'
    ? `if text is meant, quote it: "${String(given)}"`
    : undefined;
};

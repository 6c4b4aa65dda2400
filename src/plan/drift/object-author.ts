/** Who changed an object of the API: its own record of managers, and the audit logs of the API servers. */
import { z } from 'zod';
import { type ApiWrite, auditName } from '../../facts/traces/api-audit.js';
import type { Author, Difference, LastApplied } from '../../model/drift.js';

export interface ObjectTraces {
  /** The raw answer about the object. */
  readonly raw?: string | undefined;
  /** Of all control planes together. */
  readonly writes: readonly ApiWrite[];
}

const ourProgram = 'kubewizard';

const managed = z.object({
  body: z.object({
    metadata: z.object({
      managedFields: z
        .array(
          z.object({
            manager: z.string().max(200).optional(),
            time: z.string().optional(),
            subresource: z.string().optional(),
            fieldsV1: z.record(z.string(), z.unknown()).optional(),
          }),
        )
        .nullish(),
    }),
  }),
});

/** @param path Of a changed field, as words: `fromField`. */
export function tracedObject(
  one: Difference,
  { raw, writes }: ObjectTraces,
  last: LastApplied | undefined,
  path: (field: string) => readonly string[],
): Difference {
  const after = last ? Date.parse(last.at) : 0;
  const name = auditName(one.key)?.object;
  const mine = writes
    .filter(({ object, at, program }) => object === name && at > after && !isOurs(program))
    .sort((first, second) => first.at - second.at);
  const manager = managerOf(one, raw, after, path);
  const at = manager && Date.parse(manager.at);
  // The write of that manager; a field that is gone has none any more.
  const write = mine.findLast(each => at === undefined || Math.abs(each.at - at) < 3000) ?? mine.at(-1);
  const by: readonly Author[] = [...(write ? [authorOf(write)] : []), ...(manager && !write ? [manager] : [])];
  const [first] = by;
  if (!first || ['run', 'file', 'wish'].includes(one.origin)) return one;
  const origin = one.wantedOtherwise ? 'host' : one.origin;
  return { ...one, origin, since: { at: first.at, exact: true }, by };
}

const isOurs = (program: string): boolean => program.startsWith(ourProgram);

const authorOf = ({ at, user, verb, from, program }: ApiWrite): Author => ({
  how: 'api',
  who: user,
  at: new Date(at).toISOString(),
  verb,
  from,
  program,
});

type Manager = Extract<Author, { how: 'manager' }>;

/** The manager that set the most of what changed, the newest of these. */
function managerOf(
  { changes }: Difference,
  raw: string | undefined,
  after: number,
  path: (field: string) => readonly string[],
): Manager | undefined {
  const read = managed.safeParse(json(raw));
  const paths = changes.map(({ field }) => path(field));
  const owners = (read.success ? (read.data.body.metadata.managedFields ?? []) : []).flatMap(entry => {
    const at = Date.parse(entry.time ?? '');
    const deep = Math.max(0, ...paths.map(one => depth(entry.fieldsV1, one)));
    if (!entry.manager || isOurs(entry.manager) || deep === 0 || !(at > after)) return [];
    return [{ deep, manager: { how: 'manager', who: entry.manager, at: new Date(at).toISOString() } as const }];
  });
  return owners.sort((one, other) => other.deep - one.deep || other.manager.at.localeCompare(one.manager.at))[0]
    ?.manager;
}

/** How much of the path an entry owns; a member of a list counts as owned with its list. 0: not the whole field. */
function depth(fields: unknown, path: readonly string[]): number {
  let at = fields;
  for (const [n, word] of path.entries()) {
    if (typeof at !== 'object' || at === null) return 0;
    const next = (at as Record<string, unknown>)[`f:${word}`];
    if (next === undefined) return n > 0 && Object.keys(at).some(key => /^[kvi]:/.test(key)) ? n : 0;
    at = next;
  }
  return path.length;
}

function json(raw: string | undefined): unknown {
  try {
    return raw === undefined ? undefined : JSON.parse(raw);
  } catch {
    return undefined;
  }
}

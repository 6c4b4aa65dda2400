/**
 * API objects that a therapy is about to change, as they were; and back, as far as they still are as the therapy left
 * them.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Plan } from '../../model/plan.js';
import { idOf, type Resource, type ResourceId, type Rollback } from '../../model/resource.js';
import type { ObjectWant } from '../../resources/wants.js';
import type { Api } from '../context.js';

type Tree = Readonly<Record<string, unknown>>;

export interface ObjectSnapshot {
  readonly path: string;
  /** Absent: there was none. */
  readonly body?: Tree;
  /** The fields that the therapy wants. Absent: it removes the object. */
  readonly wrote?: Tree;
  /** Paths below which the therapy leaves nothing else. */
  readonly exact?: readonly string[];
}

export async function snapshotObjects(
  plan: Plan,
  resources: readonly Resource[],
  ways: ReadonlyMap<ResourceId, Rollback>,
  api: () => Promise<Api>,
): Promise<readonly ObjectSnapshot[]> {
  const wants = new Map(resources.map(one => [idOf(one), one.want as ObjectWant]));
  const steps = plan.steps.filter(step => ways.get(step.id)?.by === 'object');
  if (steps.length === 0) return [];
  const way = await api();
  return Promise.all(
    steps.map(async ({ id, key: path }) => {
      const want = wants.get(id);
      const wrote = want && !want.absent ? { wrote: want.body, ...(want.exact && { exact: want.exact }) } : {};
      const { status, body } = await way.request('GET', path);
      if (status === 200) return { path, body: body as Tree, ...wrote };
      if (status === 404) return { path, ...wrote };
      throw new Error(`${path} cannot be kept before it is changed: status ${status}`);
    }),
  );
}

/** An object that did not come back whole. */
export interface NotBack {
  readonly path: string;
  readonly says: string;
  /** Somebody has changed it since, and it stays; else the API did not do it, and it may be tried again. */
  readonly stays: boolean;
}

export const rollbackObjects = async (
  kept: readonly ObjectSnapshot[],
  api: () => Promise<Api>,
): Promise<readonly NotBack[]> => {
  const problems: NotBack[] = [];
  for (const one of kept)
    try {
      problems.push(...(await back(one, await api())).map(each => ({ path: one.path, ...each })));
    } catch (error) {
      problems.push({ path: one.path, ...again(error instanceof Error ? error.message : String(error)) });
    }
  return problems;
};

type Problem = Omit<NotBack, 'path'>;

const again = (says: string): Problem => ({ says, stays: false });
const theirs = (says: string): Problem => ({ says, stays: true });

const back = async ({ path, body, wrote, exact = [] }: ObjectSnapshot, way: Api): Promise<readonly Problem[]> => {
  const now = await way.request('GET', path);
  if (now.status !== 200 && now.status !== 404) return [again(`what it is now cannot be read: status ${now.status}`)];
  const there = now.status === 200 ? (now.body as Tree) : undefined;
  if (body === undefined) return there && wrote ? removed(path, there, wrote, way) : [];
  if (there) return wrote ? reverted(path, { before: body, wrote, there, exact }, way) : made(body, there);
  if (wrote) return [theirs('somebody has removed it since')];
  const { resourceVersion: _version, uid: _uid, ...metadata } = body.metadata as Tree;
  return answered(await way.request('POST', path.slice(0, path.lastIndexOf('/')), { ...body, metadata }));
};

/** Removed by the therapy, or about to be: what stands there is that object, or another one of its name. */
const made = (before: Tree, there: Tree): readonly Problem[] =>
  (before.metadata as Tree).uid === (there.metadata as Tree).uid ? [] : [theirs('somebody has made it anew since')];

const removed = async (path: string, there: Tree, wrote: Tree, way: Api): Promise<readonly Problem[]> => {
  if (!isAsLeft(there, wrote)) return [theirs('somebody has changed it since; it stays')];
  const { uid, resourceVersion } = there.metadata as Tree;
  return answered(
    await way.request('DELETE', path, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid, resourceVersion },
    }),
    [404],
  );
};

interface Written {
  readonly before: Tree;
  readonly wrote: Tree;
  readonly there: Tree;
  readonly exact: readonly string[];
}

/** Field by field: only what the therapy changed, and only where it still is what the therapy wrote. */
const reverted = async (
  path: string,
  { before, wrote, there, exact }: Written,
  way: Api,
): Promise<readonly Problem[]> => {
  const changed: string[] = [];
  const patch = revert({ before, wrote, there, exact }, '', changed);
  const problems = changed.map(field => theirs(`somebody has changed ${field} since; it stays`));
  if (patch === undefined) return problems;
  const metadata = { ...(patch.metadata as Tree), resourceVersion: (there.metadata as Tree).resourceVersion };
  const answer = await way.request('PATCH', path, { ...patch, metadata }, 'application/merge-patch+json');
  return [...problems, ...answered(answer)];
};

/** undefined: nothing to revert. A JSON merge patch; `null` takes a field away. */
const revert = ({ before, wrote, there, exact }: Written, at: string, changed: string[]): Tree | undefined => {
  const fields = Object.entries(wrote).flatMap(([key, left]): readonly (readonly [string, unknown])[] => {
    const [was, is] = [before[key], there[key]];
    const field = at ? `${at}.${key}` : key;
    if (isTree(left) && isTree(was) && isTree(is)) {
      const inner = revert({ before: was, wrote: left, there: is, exact }, field, changed);
      return inner ? [[key, inner]] : [];
    }
    if (isDeepStrictEqual(was, is)) return [];
    if (isAsLeft(is, left)) return [[key, was ?? null]];
    changed.push(field);
    return [];
  });
  const gone = exact.includes(at) ? Object.entries(before).filter(([key]) => !(key in wrote) && !(key in there)) : [];
  return fields.length + gone.length > 0 ? Object.fromEntries([...fields, ...gone]) : undefined;
};

/**
 * Every wanted field is still so; lists are as long, and data has no other keys. Defaults of the API may stand beside.
 */
const isAsLeft = (is: unknown, left: unknown, exact = false): boolean => {
  if (Array.isArray(left))
    return Array.isArray(is) && is.length === left.length && left.every((each, index) => isAsLeft(is[index], each));
  if (!isTree(left)) return isDeepStrictEqual(is, left);
  if (!isTree(is) || (exact && Object.keys(is).length !== Object.keys(left).length)) return false;
  return Object.entries(left).every(([key, each]) => isAsLeft(is[key], each, key === 'data'));
};

const isTree = (value: unknown): value is Tree => value !== null && typeof value === 'object' && !Array.isArray(value);

const answered = (
  { status, body }: { readonly status: number; readonly body: unknown },
  also: readonly number[] = [],
) =>
  (status >= 200 && status < 300) || also.includes(status)
    ? []
    : [
        again(
          `the API refused: status ${status} ${String((body as { message?: unknown } | null)?.message ?? '')}`.trim(),
        ),
      ];

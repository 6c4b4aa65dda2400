import type { Action, Change, Remedy } from '../model/resource.js';
import type { Graph } from './graph.js';
import type { KindTable, Reading } from './read-answer.js';

export interface Planned {
  readonly changes: readonly Change[];
  readonly remedy: Remedy;
}

/**
 * What is to be done about each resource, by number; undefined where all is as wanted. To what was found comes what the
 * plan's own writes will cause: a unit that runs well today owes a restart once its file is another.
 */
export function predictedPlans(
  { resources }: Graph,
  seenAt: (at: number) => Reading | undefined,
  kinds: KindTable,
): readonly (Planned | undefined)[] {
  const written = new Map<string, Set<string>>();
  const planned = resources.map(({ host, kind, key, want }, at): Planned | undefined => {
    const seen = seenAt(at);
    if (!seen || 'missing' in seen || seen.changes.length === 0) return undefined;
    const remedy = remedyFor(kinds, kind, key, want, seen.changes);
    for (const action of remedy.actions) note(action, host, written);
    return { changes: seen.changes, remedy };
  });
  return planned.map((plan, at) => {
    const [resource, seen] = [resources[at], seenAt(at)];
    const here = resource && written.get(resource.host);
    if (!resource || !here || !seen || 'missing' in seen) return plan;
    const more = kinds[resource.kind]?.predictChanges?.(resource.want, seen.have, here) ?? [];
    if (more.length === 0) return plan;
    const changes = [...seen.changes.filter(change => !more.some(one => one.field === change.field)), ...more];
    return { changes, remedy: remedyFor(kinds, resource.kind, resource.key, resource.want, changes) };
  });
}

function remedyFor(kinds: KindTable, kind: string, key: string, want: unknown, changes: readonly Change[]): Remedy {
  const remedy = kinds[kind]?.plan(key, want, changes);
  if (!remedy) throw new Error(`there is no kind ${kind}`);
  return remedy;
}

function note(action: Action, host: string, written: Map<string, Set<string>>): void {
  const paths =
    action.do === 'put' || action.do === 'fetch'
      ? [action.path]
      : action.do !== 'issue'
        ? []
        : action.to.as === 'pem'
          ? [action.to.cert, action.to.key]
          : [action.to.path];
  if (paths.length === 0) return;
  const here = written.get(host) ?? new Set();
  for (const path of paths) here.add(path);
  written.set(host, here);
}

import { idOf, type ResourceId } from '../../model/resource.js';

/**
 * What a control plane's controllers will be when their turn comes, whatever they are now: held and stopped by the
 * first step of the plan. As the host itself would answer then.
 * @param answers What was answered, of those that were seen.
 */
export function foreseen(
  planes: readonly string[],
  answers: (id: ResourceId) => string | undefined,
): ReadonlyMap<ResourceId, { readonly raw: string }> {
  const on = (host: string, kind: string, key: string): ResourceId => idOf({ host, kind, key });
  return new Map(
    planes.flatMap(host => [
      [on(host, 'command', 'controllers-let-go'), { raw: 'they are held\n' }] as const,
      ...['kube-controller-manager.service', 'kube-scheduler.service'].map(unit => {
        const id = on(host, 'service', unit);
        return [id, { raw: stopped(answers(id) ?? '') }] as const;
      }),
    ]),
  );
}

/** Whether it starts at boot stays as it was told. */
const stopped = (was: string): string => {
  const state = (name: string, otherwise: string): string =>
    `${name}=${new RegExp(`^${name}=(.*)$`, 'm').exec(was)?.[1] ?? otherwise}`;
  return [
    state('LoadState', 'loaded'),
    'ActiveState=inactive',
    'SubState=dead',
    state('UnitFileState', 'enabled'),
    '',
    'now \n',
  ].join('\n');
};

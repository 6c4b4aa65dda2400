import type { Resource, ResourceId, Stage } from '../../src/model/resource.js';
import { idOf } from '../../src/model/resource.js';
import { kindsAt } from '../../src/resources/index.js';
import type { Answer, KindTable } from '../../src/plan/read-answer.js';
import type { WantedKind, Wants } from '../../src/resources/wants.js';

export const kinds: KindTable = kindsAt(() => new Date('2026-11-22T00:00:00Z'));

export const wanted = <K extends WantedKind>(
  kind: K,
  host: string,
  key: string,
  want: Wants[K],
  after: readonly ResourceId[] = [],
  stage: Stage = 'host',
): Resource => ({ kind, host, key, want, stage, after, because: 'a test wants it' });

export const sha = (digit: string): string => digit.repeat(64);

/** A file, a service that reads it. */
export const unit = (
  host: string,
  name: string,
  digit: string,
  stage: Stage,
  after: readonly ResourceId[] = [],
): readonly Resource[] => {
  const path = `/etc/${name}.conf`;
  return [
    wanted('file', host, path, { content: [`flag=${digit}\n`], sha256: sha(digit), mode: 0o644 }, [], stage),
    wanted(
      'service',
      host,
      `${name}.service`,
      { running: true, atBoot: true, reads: [path] },
      [`${host}/file/${path}`, ...after],
      stage,
    ),
  ];
};

const running =
  'ExecMainStartTimestamp=Sun 2026-11-22 21:35:52 ' +
  `UTC\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\n\nnow \n`;
const stopped = `ExecMainStartTimestamp=\nLoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\n\nnow \n`;

/** What hosts answer: as wanted, or all still to do. `digit`: the digest that the files have there. */
export const answersOf = (
  resources: readonly Resource[],
  how: 'built' | 'empty',
  digit = '1',
): Map<ResourceId, Answer> => new Map(resources.map(resource => [idOf(resource), { raw: raw(resource, how, digit) }]));

function raw(resource: Resource, how: 'built' | 'empty', digit: string): string {
  if (resource.kind === 'file')
    return how === 'empty'
      ? 'absent\n'
      : 'file 644 root:root ' +
          `${sha(digit)}\n${digit === '1' ? '' : `text\n${Buffer.from(`flag=${digit}\n`).toString('base64')}\n`}`;
  if (resource.kind === 'service') return how === 'empty' ? stopped : running;
  if (resource.kind === 'ready') return how === 'empty' ? 'not\n' : 'ready\n';
  throw new Error(`no answer for a ${resource.kind}`);
}

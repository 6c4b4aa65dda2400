/** What a plan says of drains. */
import type { DrainForecast } from '../../model/drain.js';
import type { Wave } from '../../model/plan.js';
import { marked } from '../../shell/terminal.js';
import { hostsInWords } from '../hosts-in-words.js';

export function drainLines(waves: readonly Wave[], drains: readonly DrainForecast[]): readonly string[] {
  const drained = new Set(waves.flatMap(wave => wave.drains ?? []));
  const kept = waves
    .filter(wave => wave.programs.includes('kubelet'))
    .flatMap(wave => wave.hosts)
    .filter(host => !drained.has(host));
  const { length: unseen } = drains.filter(({ evicts }) => evicts === undefined);
  const pods = drains.reduce((sum, { evicts = 0 }) => sum + evicts, 0);
  return [
    ...(drained.size > 0
      ? [
          `  drained before their turn, and given back after it: ${hostsInWords([...drained])} (${pods} ` +
            `${pods === 1 ? 'pod goes' : 'pods go'} elsewhere${unseen > 0 ? '; not all pods were seen' : ''})`,
        ]
      : []),
    ...drains.flatMap(({ host, blocks }) =>
      blocks.map(({ pod, says }) => `  ${host}: its drain is blocked by ${marked(`${pod}: ${says}`)}`),
    ),
    ...(kept.length > 0
      ? [
          drained.size > 0
            ? `  not drained: ${hostsInWords([...new Set(kept)])}: pods keep running while their kubelet restarts`
            : '  pods keep running while their kubelet restarts: no node is drained',
        ]
      : []),
  ];
}

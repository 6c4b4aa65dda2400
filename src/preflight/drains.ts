/** Drains that will surely be blocked stop an upgrade before it begins; others are said. */
import { type DrainForecast, isSure } from '../model/drain.js';
import { error, type Finding, warning } from './finding.js';

export const drainFindings = (drains: readonly DrainForecast[]): readonly Finding[] =>
  drains.flatMap(({ host, evicts, blocks }): readonly Finding[] => {
    if (evicts === undefined)
      return [
        {
          host,
          ...warning(
            'drain-unseen',
            'it is to be drained, and its pods could not be seen: nobody knows what is in the way',
            'kw upgrade --check says what it can see',
          ),
        },
      ];
    return blocks.map(block => {
      const says = `it cannot be drained: ${block.pod}: ${block.says}`;
      return {
        host,
        ...(isSure(block)
          ? error('drain-blocked', says, 'move the pod, allow it, or leave the drains out (--no-drain)')
          : warning('drain-waits', says, 'its turn waits for it, and stops the run when the time is up')),
      };
    });
  });

/** How healing ended, for people and for programs. */
import type { Healed } from '../../engine/heal/index.js';
import { keyOf } from '../../engine/heal/treatments.js';
import { marked } from '../../shell/terminal.js';

export const healedText = (healed: Healed, dryRun: boolean): string => {
  const lines = [
    ...healed.backups.map(where => `backup of etcd: ${where}`),
    ...healed.cured.map(key => `cured, and proven by asking again: ${key}`),
    ...healed.takenBack.map(key => `taken back: the therapy of ${key}`),
    ...healed.problems.map(problem => `  because ${problem}`),
    ...healed.refused.flatMap(({ case: id, finding, refusal }) => [
      `left to you: ${keyOf(id, finding)}: ${finding.says}`,
      `  ${refusal.refused}`,
      ...refusal.advice.map(line => `  - ${line}`),
    ]),
    ...healed.left
      .filter(key => !healed.refused.some(one => keyOf(one.case, one.finding) === key))
      .map(key => `still ill: ${key}`),
    ...(healed.unseen.length > 0
      ? ['could not see enough to say that all is well:', ...healed.unseen.map(one => `  ${one}`)]
      : []),
  ];
  const last =
    healed.exitCode === 0
      ? healed.cured.length > 0
        ? 'everything that was asked for is healthy'
        : 'nothing to heal'
      : dryRun
        ? 'nothing was changed (--dry-run)'
        : undefined;
  return [...lines, ...(last ? [last] : [])].map(line => `${marked(line)}\n`).join('');
};

/** One line: with --json, events come before it. */
export const healedJson = ({ refused, ...rest }: Healed): string =>
  JSON.stringify({
    type: 'healed',
    ...rest,
    refused: refused.map(({ case: id, finding, refusal }) => ({
      finding: keyOf(id, finding),
      says: finding.says,
      ...refusal,
    })),
  });

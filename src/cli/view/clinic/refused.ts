/** An answer to "Forbidden", for people. */
import type { Refused } from '../../../clinic/explain/refusal.js';
import type { Colors } from './text.js';

export const refusedLines = (one: Refused, color: Colors): readonly string[] => [
  `${color.bold('Refused')}: ${one.says}`,
  `  ${color.bold('Who it was to the server')}: "${one.who.user}"`,
  ...one.identity.map(line => `    - ${line}`),
  ...(one.bound === undefined
    ? []
    : [
        `  ${color.bold('What is bound')}` +
          (one.bound.length === 0 ? ': nothing that names this user or its groups' : ''),
        ...one.bound.slice(0, 8).map(line => `    - ${line}`),
        ...(one.bound.length > 8 ? [`    … and ${one.bound.length - 8} more`] : []),
      ]),
  ...(one.role === undefined
    ? []
    : [
        `  ${color.bold('The smallest role that would do')}, if that is meant (who may do what is for the ` +
          'owner to say):',
        ...one.role
          .trimEnd()
          .split('\n')
          .map(line => `    ${line}`),
      ]),
  ...one.cautions.map(line => `  ${color.yellow('Mind')}: ${line}`),
  `  ${color.bold('See it yourself')}`,
  ...one.commands.map(line => `    ${line}`),
];

import { NotSeen } from '../../model/fact.js';
import { chartFact, unitNames } from './chart-fact.js';
import { sh } from '../../shell/sh.js';

const properties = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'Result',
  'NRestarts',
  'UnitFileState',
  'Restart',
  'ExecMainStartTimestamp',
  'ExecMainStatus',
  'FragmentPath',
  'DropInPaths',
  'NeedDaemonReload',
];

export const units = chartFact({
  id: 'units',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 256 * 1024,
    script: sh`TZ=UTC systemctl show ${properties.flatMap(name => ['-p', name])} \
${unitNames.map(name => `${name}.service`)}`,
  },
  parse: output => {
    if (!output.includes('LoadState=')) throw new NotSeen('systemctl show did not answer');
    return output
      .split(/\n\s*\n/)
      .map(
        block =>
          new Map([...block.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value] as const)),
      )
      .filter(unit => (unit.get('Id') ?? '') !== '' && unit.get('LoadState') !== 'not-found')
      .map(unit => {
        const word = (key: string): string => unit.get(key) ?? '';
        const started = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(word('ExecMainStartTimestamp'));
        return {
          name: word('Id'),
          load: word('LoadState'),
          active: word('ActiveState'),
          sub: word('SubState'),
          result: word('Result'),
          restarts: Number(word('NRestarts')) || 0,
          enabled: word('UnitFileState'),
          restart: word('Restart'),
          path: word('FragmentPath'),
          dropIns: word('DropInPaths').split(' ').filter(Boolean),
          ...(word('NeedDaemonReload') === 'yes' ? { needsReload: true } : {}),
          // Of one that a signal ended it is the signal's number.
          ...(word('Result') === 'exit-code' ? { exitStatus: Number(word('ExecMainStatus')) || 0 } : {}),
          ...(started ? { startedAt: `${started[1]}T${started[2]}.000Z` } : {}),
        };
      });
  },
});

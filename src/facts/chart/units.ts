import { NotSeen } from '../../model/fact.js';
import type { UnitSeen } from './host-chart.js';
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

/** SD_MESSAGE_UNIT_RESTART_SCHEDULED of systemd's catalog: no language and no version of it says it otherwise. */
const restartScheduled = '5eb03494b6584870a536b337290809b3';

export const units = chartFact({
  id: 'units',
  question: {
    ask: 'host',
    seconds: 5,
    bytes: 256 * 1024,
    script: sh`all=$(TZ=UTC systemctl show ${properties.flatMap(name => ['-p', name])} \
${unitNames.map(name => `${name}.service`)})
printf '%s\\n' "$all"
printf '%s\\n\\n' "$all" | awk -F= '$1=="Id"{u=$2} $1=="NRestarts"{n=$2} $0==""&&n>2{print u} $0==""{n=0}' |
while read -r u; do
  printf '\\nId=%s\\nRestartedAt=%s\\n' "$u" "$(journalctl -q -b _PID=1 "UNIT=$u" MESSAGE_ID=${restartScheduled} \
-n 4 -o short-unix --no-pager 2>/dev/null | cut -d ' ' -f 1 | tr '\\n' ' ')"
done`,
  },
  parse: output => {
    if (!output.includes('LoadState=')) throw new NotSeen('systemctl show did not answer');
    const blocks = blocksOf(output);
    const restarted = new Map(
      blocks.flatMap(one =>
        one.has('RestartedAt') ? [[one.get('Id'), timesIn(one.get('RestartedAt'))] as const] : [],
      ),
    );
    return blocks
      .filter(unit => (unit.get('Id') ?? '') !== '' && unit.has('LoadState') && unit.get('LoadState') !== 'not-found')
      .map(unit => unitOf(unit, restarted.get(unit.get('Id'))));
  },
});

type Block = ReadonlyMap<string, string>;

const blocksOf = (output: string): readonly Block[] =>
  output
    .split(/\n\s*\n/)
    .map(
      block => new Map([...block.matchAll(/^(\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value] as const)),
    );

const unitOf = (unit: Block, restartedAt: readonly string[] = []): UnitSeen => {
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
    ...(restartedAt.length > 0 ? { restartedAt } : {}),
    ...(started ? { startedAt: `${started[1]}T${started[2]}.000Z` } : {}),
  };
};

const timesIn = (seconds = ''): readonly string[] =>
  seconds
    .split(' ')
    .map(Number)
    .filter(one => one > 0)
    .map(one => new Date(one * 1000).toISOString());

import { type Fact, Unreadable } from '../model/fact.js';
import { raw, type Script, scripts, sh } from '../shell/sh.js';

/** How one component of one host is, seen on that host alone: this also works with the API down. */
export interface ComponentHealth {
  readonly unit: string;
  readonly active: string;
  readonly sub: string;
  readonly restarts: number;
  /** Seconds it has run, or has not; undefined: it never ran since the host started. */
  readonly since?: number;
  /** What its own health address said; undefined: it has none. Empty, or `unknown: …`: nobody could ask. */
  readonly answer?: string;
}

export interface HealthQuestion {
  readonly unit: string;
  readonly probe?: Script;
}

/** Asks systemd about all units in one call, and every health address once, side by side. */
export const health = (questions: readonly HealthQuestion[]): Fact<readonly ComponentHealth[]> => ({
  id: 'health',
  question: { ask: 'host', script: script(questions) },
  parse: output => read(output),
});

const asked = [
  'Id',
  'ActiveState',
  'SubState',
  'NRestarts',
  'ActiveEnterTimestampMonotonic',
  'ActiveExitTimestampMonotonic',
];

const script = (questions: readonly HealthQuestion[]): Script => {
  const units = questions.map(question => question.unit);
  const probes = questions.flatMap(({ unit, probe }) => (probe === undefined ? [] : [{ unit, probe }]));
  return scripts([
    sh`d=$(mktemp -d)`,
    ...probes.map(({ probe }, index) => sh`{ ${raw(probe)}; } >"$d"/${index} 2>&1 </dev/null &`),
    sh`cut -d" " -f1 /proc/uptime`,
    sh`systemctl show -p ${asked.join(',')} ${units}`,
    sh`wait`,
    ...probes.map(({ unit }, index) => sh`echo; echo; echo ${`Probe=${unit}`}; head -c 400 "$d"/${index}`),
    sh`rm -rf "$d"`,
  ]);
};

function read(output: string): readonly ComponentHealth[] {
  const [first = '', ...rest] = output.split('\n');
  const uptime = Number(first);
  if (!Number.isFinite(uptime) || first === '') throw new Unreadable('health', output, 'no uptime in the first line');
  const blocks = rest
    .join('\n')
    .split(/\n\n+/)
    .map(block => block.trim())
    .filter(block => block !== '');
  const answers = new Map(
    blocks
      .filter(block => block.startsWith('Probe='))
      .map(block => {
        const [head = '', ...lines] = block.split('\n');
        return [head.slice('Probe='.length), lines.join('\n').trim()] as const;
      }),
  );
  return blocks.filter(block => !block.startsWith('Probe=')).map(block => component(block, uptime, answers));
}

function component(block: string, uptime: number, answers: ReadonlyMap<string, string>): ComponentHealth {
  const field = (name: string): string =>
    block
      .split('\n')
      .find(line => line.startsWith(`${name}=`))
      ?.slice(name.length + 1) ?? '';
  const unit = field('Id');
  const answer = answers.get(unit);
  return {
    unit,
    active: field('ActiveState'),
    sub: field('SubState'),
    restarts: Number(field('NRestarts')) || 0,
    ...sinceOf(
      field('ActiveState') === 'active'
        ? field('ActiveEnterTimestampMonotonic')
        : field('ActiveExitTimestampMonotonic'),
      uptime,
    ),
    ...(answer === undefined ? {} : { answer }),
  };
}

/**
 * A unit that is started again and again changes its state every few seconds: since when it has not run is when it ran
 * last. systemd writes 0 for never.
 */
const sinceOf = (microseconds: string, uptime: number): { readonly since?: number } => {
  const at = Number(microseconds);
  return at > 0 ? { since: Math.max(0, Math.round(uptime - at / 1e6)) } : {};
};

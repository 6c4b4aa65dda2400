import type { Fact } from '../model/fact.js';
import { Unreadable } from '../model/fact.js';
import { askKept } from '../shell/before.js';
import { knownUnit, unitProperties } from '../shell/prefetch.js';
import { raw, type Script, sh } from '../shell/sh.js';

export interface ServiceState {
  /** systemd's own words: `active`/`running`, `active`/`exited`, `activating`/`auto-restart`, `failed`/`failed`. */
  readonly active: string;
  readonly sub: string;
  /** `enabled`, `disabled`, `static`, `masked`, '' where systemd does not know the unit. */
  readonly enabled: string;
  /** `loaded`, `not-found`, `masked`, `bad-setting`. */
  readonly load: string;
  /** Inputs that are other than at its start; [] also where it is not running. */
  readonly stale: readonly string[];
  /** Its turn in a rollout has begun, and it was not seen to serve since. */
  readonly kept?: true;
}

/**
 * Where a start writes down what the unit read: path, inode, size and mtime of each input. In /run, so that a boot
 * forgets it.
 */
export const records = sh`/run/kubewizard/started`;

/**
 * A unit's state and whether it runs with its inputs as they are now: two forks, one where all units of a host are
 * asked together. "As now" is sameness with what was written down before its last start, never a comparison of clocks;
 * a unit that systemd started by itself (boot, adopted) has no record, and its inputs must be older than its start.
 */
export const service = (unit: string, reads: readonly string[]): Fact<ServiceState> => ({
  id: `service:${unit}`,
  question: { ask: 'host', script: script(unit, reads), prefetch: { units: [unit] } },
  parse: output => read(`service:${unit}`, output),
});

/**
 * Prints one line, `path=inode:size:mtime` each, ended by a bar; a missing file is left out. Links are followed into
 * the store. Without inputs it prints nothing.
 */
export const inputs = (reads: readonly string[]): Script =>
  reads.length === 0 ? sh`:` : sh`stat -L --printf='%n=%i:%s:%.Y|' ${reads} 2>/dev/null`;

const script = (unit: string, reads: readonly string[]): Script =>
  sh`u=${unit} k=$${raw(knownUnit(unit))}
${raw(askState)}${raw(inputs(reads))}
${raw(dropIns(sh`"$k"`))}${raw(askRecord)}${raw(askKept)}`;

/**
 * The same line for the drop-ins that systemd has loaded for a unit, whoever wrote them: they are inputs like its own
 * file. `shown`: one shell word, lines of `systemctl show`.
 */
export const dropIns = (
  shown: Script,
): Script => sh`( set -f; d=${raw(shown)}; case $d in *DropInPaths=/*) ;; *) exit 0;; esac
d=\${d#*DropInPaths=}; stat -L --printf='%n=%i:%s:%.Y|' -- \${d%%
*} 2>/dev/null; exit 0 )`;

const askState = sh`[ -n "$k" ] || k="$(TZ=UTC systemctl show ${unitProperties.flatMap(one => ['-p', one])} "$u")"
printf '%s\\n' "$k"
echo; printf 'now '; `;
const askRecord = sh`
echo; [ ! -e "${raw(records)}/$u" ] || { IFS= read -r r <"${raw(records)}/$u"; printf 'then %s\n' "$r"; }`;

function read(id: string, output: string): ServiceState {
  const field = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(output)?.[1] ?? '';
  const now = /^now (.*)$/m.exec(output)?.[1];
  if (field('ActiveState') === '' || now === undefined)
    throw new Unreadable(id, output, 'systemctl show did not answer');
  const record = /^then (.*)$/m.exec(output)?.[1];
  const runs = field('ActiveState') === 'active';
  return {
    active: field('ActiveState'),
    sub: field('SubState'),
    enabled: field('UnitFileState'),
    load: field('LoadState'),
    stale: runs
      ? stale(marks(now), record === undefined ? undefined : marks(record), secondsOf(field('ExecMainStartTimestamp')))
      : [],
    ...(/^kept$/m.test(output) ? { kept: true } : {}),
  };
}

const marks = (line: string): ReadonlyMap<string, string> =>
  new Map(
    line
      .split('|')
      .filter(mark => mark.includes('='))
      .map(mark => {
        const cut = mark.lastIndexOf('=');
        return [mark.slice(0, cut), mark.slice(cut + 1)] as const;
      }),
  );

/** An input that the record does not know was not read at the start (a list that grew): its age decides. */
function stale(
  now: ReadonlyMap<string, string>,
  record: ReadonlyMap<string, string> | undefined,
  started: number,
): readonly string[] {
  const younger = (mark: string): boolean =>
    Number.isFinite(started) && Math.floor(Number(mark.split(':')[2])) > started;
  return [...now]
    .filter(([path, mark]) => {
      const known = record?.get(path);
      return known === undefined ? younger(mark) : known !== mark;
    })
    .map(([path]) => path);
}

/** `Sun 2026-11-22 21:26:06 UTC`, systemd's own form; NaN for a unit that never ran a main process. */
const secondsOf = (text: string): number => {
  const found = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(text);
  return found ? Date.parse(`${found[1]}T${found[2]}Z`) / 1000 : Number.NaN;
};

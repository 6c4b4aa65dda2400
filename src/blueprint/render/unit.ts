/** A systemd unit as sections of lines; `undefined` lines are left out, a list repeats its key. */
export type Section = Readonly<Record<string, string | readonly string[] | undefined>>;

export const unit = (sections: Readonly<Record<string, Section>>): string =>
  Object.entries(sections)
    .map(
      ([name, section]) =>
        `[${name}]\n${lines(name === 'Unit' && sections.Service?.Restart ? { ...section, ...forEver } : section)}`,
    )
    .join('\n');

/** A command with its flags, one a line, in the order given; values are quoted for systemd. */
export const command = (program: string, flags: Readonly<Record<string, string>>): string =>
  [program, ...Object.entries(flags).map(([flag, value]) => quote(`--${flag}=${value}`))].join(' \\\n  ');

/** systemd gives a unit up after five starts in ten seconds unless it is told not to. */
const forEver: Section = { StartLimitIntervalSec: '0' };

/** Restarted for ever, after a second: a unit that nobody restarts is an illness (founding case 14). */
export const supervised: Section = { Restart: 'always', RestartSec: '1', TimeoutStartSec: '120' };

/**
 * Who goes last when memory is short, as the kubelet orders its own: the runtime and itself never, then what keeps the
 * cluster's state and answers for it, then what starts again without anybody noticing. Guaranteed pods have -997.
 */
const oomScores = { runtime: '-999', state: '-998', helper: '-900' } as const;

/** Nothing where a container may not lower its own. */
export const oomScore = (
  { oomScoreAdjustable }: { readonly oomScoreAdjustable: boolean },
  rank: keyof typeof oomScores,
): Section => (oomScoreAdjustable ? { OOMScoreAdjust: oomScores[rank] } : {});

const lines = (section: Section): string =>
  Object.entries(section)
    .flatMap(([key, value]) =>
      value === undefined
        ? []
        : typeof value === 'string'
          ? [`${key}=${value}\n`]
          : value.map(one => `${key}=${one}\n`),
    )
    .join('');

/** systemd.service(5): `%` and `$` are expanded, quotes and backslashes are its own. */
function quote(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('%', '%%').replaceAll('$', '$$$$').replaceAll('"', '\\"');
  return /[\s"'\\;]/.test(word) ? `"${escaped}"` : escaped;
}

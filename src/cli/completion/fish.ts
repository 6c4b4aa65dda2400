/** fish: one `complete` per word. */
import { hosts } from './hosts.js';
import type { Place, Values } from './tree.js';

export const fish = (places: readonly Place[]): string => `# kw completion fish
function __kw_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${places
        .slice(1)
        .map(place => quoted(place.at))
        .join(' ')}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
function __kw_hosts
  sh -c ${quoted(`${hosts}_kw_hosts`)}
end
complete -c kw -f
${places.map(lines).join('')}`;

const lines = (place: Place): string => {
  const start = `complete -c kw -n "__kw_at '${place.at}'"`;
  const commands = place.commands.map(({ word, says }) => `${start} -a ${word} -d ${quoted(says)}\n`);
  const flags = place.flags.map(
    ({ word, says, takes }) =>
      `${start} ${word.startsWith('--') ? '-l' : '-s'} ` +
      `${word.replace(/^-+/, '')}${takes ? ` ${values(takes)}` : ''} -d ${quoted(says)}\n`,
  );
  const positional = place.values === 'free' || place.values === 'file' ? [] : [`${start} ${values(place.values)}\n`];
  return [...commands, ...flags, ...positional].join('');
};

const values = (of: Values): string => {
  if (of === 'free') return '-x';
  if (of === 'file') return '-rF';
  return `-x -a ${of === 'host' ? "'(__kw_hosts)'" : quoted(of.join(' '))}`;
};

/** In fish's single quotes only the backslash and the quote are special. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** zsh: words with their descriptions. */
import { quote } from '../../shell/sh.js';
import { hosts } from './hosts.js';
import type { Place, Values, Word } from './tree.js';

export const zsh = (places: readonly Place[]): string => `#compdef kw
${hosts}_kw() {
  local at= i
  local -a all
  for ((i = 2; i < CURRENT; i++)); do
    case "$at $words[i]" in ${places
      .slice(1)
      .map(place => quote(place.at))
      .join('|')}) at="$at $words[i]" ;; esac
  done
  case "$at $words[CURRENT-1]" in
${places
  .flatMap(place =>
    place.flags.map(
      flag => flag.takes && `    ${quote(`${place.at} ${flag.word}`)}) ${values(flag.takes)}; return ;;\n`,
    ),
  )
  .filter(Boolean)
  .join('')}  esac
  case "$at" in
${places.map(branch).join('')}  esac
  _describe kw all
}
if [ "$funcstack[1]" = _kw ]; then _kw "$@"; else compdef _kw kw; fi
`;

const branch = ({ at, commands, flags, values: of }: Place): string => {
  const all = [...commands, ...flags].map(described).join(' ');
  const more = of === 'free' || of === 'file' ? '' : `; ${values(of)}`;
  return `    ${quote(at)}) all=(${all})${more} ;;\n`;
};

const described = ({ word, says }: Word): string => quote(`${word}:${says.replaceAll(':', '\\:')}`);

const values = (of: Values): string => {
  if (of === 'free') return ':';
  if (of === 'file') return '_files';
  return `compadd -- ${of === 'host' ? '$(_kw_hosts)' : of.map(quote).join(' ')}`;
};

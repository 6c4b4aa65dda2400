/** Completion scripts for three shells, from one list of places. */
import { quote } from '../../shell/sh.js';
import { fish } from './fish.js';
import { hosts } from './hosts.js';
import type { Place, Values } from './tree.js';
import { zsh } from './zsh.js';

export type Shell = 'bash' | 'zsh' | 'fish';

export const script = (shell: Shell, places: readonly Place[]): string => ({ bash, zsh, fish })[shell](places);

const bash = (places: readonly Place[]): string => `# kw completion bash
${hosts}_kw() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in ${places
      .slice(1)
      .map(place => quote(place.at))
      .join('|')}) at="$at \${COMP_WORDS[i]}" ;; esac
  done
  case "$at $prev" in
${places
  .flatMap(place =>
    place.flags.map(
      flag => flag.takes && `    ${quote(`${place.at} ${flag.word}`)}) ${bashValues(flag.takes)}; return ;;\n`,
    ),
  )
  .filter(Boolean)
  .join('')}  esac
  case "$at" in
${places.map(bashBranch).join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _kw kw
`;

const bashBranch = ({ at, commands, flags, values }: Place): string => {
  const words = [...commands, ...flags].map(each => each.word).join(' ');
  return `    ${quote(at)}) words="${words}${inWords(values)}" ;;\n`;
};

const bashValues = (values: Values): string => {
  if (values === 'free') return 'COMPREPLY=()';
  if (values === 'file') return 'COMPREPLY=($(compgen -f -- "$cur"))';
  return `COMPREPLY=($(compgen -W "${values === 'host' ? '$(_kw_hosts)' : values.join(' ')}" -- "$cur"))`;
};

const inWords = (values: Values): string => {
  if (values === 'host') return ' $(_kw_hosts)';
  return typeof values === 'string' ? '' : ` ${values.join(' ')}`;
};

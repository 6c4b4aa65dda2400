import { sh } from '../../shell/sh.js';
import { type Fact, Unreadable } from '../../model/fact.js';

export interface Target {
  readonly address: string;
  readonly port: number;
}
/**
 * refused: the host answers, nothing listens yet. silent: nothing came back in two seconds, nor in six when it was
 * asked again: silence stops a build, and a busy machine is slow.
 */
export type Reach = Target & { readonly answer: 'open' | 'refused' | 'silent' | 'unknown' };

/** Whether it reaches others by TCP, all at once; by bash or by curl, for a POSIX shell cannot connect. */
export const reach = (targets: readonly Target[]): Fact<readonly Reach[]> => ({
  id: 'reach',
  question: {
    ask: 'host',
    script:
      targets.length === 0
        ? sh`:`
        : sh`kw_once() {
  if command -v bash >/dev/null 2>&1; then e=$(LC_ALL=C timeout "$3" bash -c 'exec 3<>"/dev/tcp/$1/$2"' \
kw "$1" "$2" 2>&1); c=$?
    case $c/$e in 0/*) a=open;; */*refused*) a=refused;; *) a=silent;; esac
  elif command -v curl >/dev/null 2>&1; then \
curl -s -o /dev/null --connect-timeout "$3" -m "$3" "telnet://$1:$2" </dev/null; c=$?
    case $c in 0) a=open;; 7) a=refused;; *) a=silent;; esac
  else a=unknown; fi
}
kw_try() { kw_once "$1" "$2" 2; [ "$a" != silent ] || kw_once "$1" "$2" 6; echo "$1 $2 $a"; }
for t in ${targets.map(target => `${target.address}:${target.port}`)}; do kw_try "\${t%:*}" "\${t##*:}" & done; wait`,
  },
  parse(text) {
    const answers = [...text.matchAll(/^(\S+) (\d+) (open|refused|silent|unknown)$/gm)].map(
      ([, address = '', port, answer]) => ({ address, port: Number(port), answer: answer as Reach['answer'] }),
    );
    if (answers.length < targets.length) throw new Unreadable('reach', text, 'not every target was tried');
    return answers;
  },
});

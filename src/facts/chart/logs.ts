import { chartFact, unitNames } from './chart-fact.js';
import { content } from './prelude.js';
import { redact } from '../../model/redaction/redact.js';
import { sh } from '../../shell/sh.js';

const journals = unitNames
  .filter(name => !/firewalld|ufw|resolved|Network|networkd|chrony|timesyncd|ntp|swap|docker|kw-network/.test(name))
  .concat('docker');

/** Lines of a dump of goroutines: the head of each, its frames, where they stand, and the empty line between two. */
export const dump = String.raw`\]: (goroutine [0-9]+ \[|created by |[[:space:]]+/|[^ ]+\((0x|\{|\.\.\.)|[^ ]+\(\)$|$)`;

/**
 * The last lines of each unit since boot, and of the containers of static pods and the cluster's own pods. A program
 * that does not know a flag says so first, and then prints its usage, hundreds of lines: these are left out. So is what
 * Go prints of each goroutine (thousands of lines) below the sentence that a program ended with.
 */
export const logs = chartFact({
  id: 'logs',
  question: {
    ask: 'host',
    seconds: 10,
    bytes: 3 * 1024 * 1024,
    script: sh`lines() { journalctl -q -b -u "$1" -n "$2" -o short-iso --no-pager 2>/dev/null; }
for u in ${journals}; do
  [ -e "/etc/systemd/system/$u.service" ] || [ -e "/lib/systemd/system/$u.service" ] || continue
  printf '\\n#log %s\\n' "$u"
  last=$(lines "$u" 200)
  case $last in *']: goroutine '[0-9]*) last=$(lines "$u" 20000 | grep -vE ${dump} | tail -n 200);; esac
  printf '%s\\n' "$last" | tail -c 65536 | sed 's/^/=/'
done
for d in /var/log/pods/kube-system_*/*/; do
  f=; for l in "$d"*.log; do [ -f "$l" ] && f=$l; done; [ -n "$f" ] || continue
  d=\${d%/}; printf '\\n#log %s\\n' "\${d##*/}"; tail -c 262144 -- "$f" | \
grep -vE ' F +(-[[:alnum:]], )?--[[:alnum:]-]+ ' | tail -n 200 | tail -c 65536 | sed 's/^/=/'
done`,
  },
  parse: output => {
    const all: Record<string, readonly string[]> = {};
    for (const [name, text] of content(output, 'log')) {
      const key = name.replace(/^kw-/, '');
      // CRI's own frame: time, stream, F or P.
      const bare = text
        .split('\n')
        .filter(line => line !== '')
        .map(line => line.replace(/^\S+ (stdout|stderr) [FP] /, ''));
      // As one text: a key that somebody logged has many lines.
      const lines = redact(bare.join('\n'))
        .split('\n')
        .filter(line => line !== '');
      all[key] = [...(all[key] ?? []), ...lines].slice(-400);
    }
    return all;
  },
});

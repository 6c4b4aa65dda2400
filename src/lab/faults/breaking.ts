/** Pieces of the scripts that make a lab's cluster ill: POSIX sh for both layouts, units and static pods. */
import { raw, type Script, sh, type Word } from '../../shell/sh.js';

/** A CA of its own, by default with the very name of the cluster's; its key is thrown away. */
export const otherAuthority = (path: string, name = 'kubernetes'): Script =>
  sh`openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj ${`/CN=${name}`} -keyout /dev/null \
-out ${path} 2>/dev/null`;

/** `f` becomes the file that starts a component. */
export const starts = (program: string): Script =>
  sh`f=/etc/kubernetes/manifests/${program}.yaml; [ -f "$f" ] || f=/etc/systemd/system/${program}.service`;

/**
 * Filters `f` through a program, in place: no second file may appear among the manifests, the kubelet would start it.
 */
export const through = (filter: Script): Script =>
  sh`t=$(mktemp); ${raw(filter)} < "$f" > "$t" && cat "$t" > "$f"; rm -f "$t"`;

/** A flag changed or added; null takes it away. The component is started again, by systemd or by the kubelet. */
export const setFlag = (program: string, flag: string, value: string | null): Script => sh`${raw(starts(program))}
if grep -q -e ${`--${flag}=`} "$f"; then ${raw(through(value === null ? sh`grep -v -e ${`--${flag}=`}` : sh`sed ${`s#--${flag}=[^ "\\\\]*#--${flag}=${value}#`}`))}
${raw(
  value === null
    ? sh``
    : sh`elif [ "\${f%.yaml}" = "$f" ]; then \
${raw(through(sh`sed ${`s#^\\(ExecStart=[^ ]*\\)#\\1 --${flag}=${value}#`}`))}
else ${raw(through(sh`sed ${`s#^\\( *\\)- ${program}$#&\\n\\1- --${flag}=${value}#`}`))}
`,
)}fi
${raw(restarting(program))}`;

/**
 * After a change of its unit or manifest. The kubelet looks into its folder every 20 s, and notices changes at once.
 */
export const restarting = (program: string): Script =>
  sh`if [ -f /etc/kubernetes/manifests/${program}.yaml ]; then :; else systemctl daemon-reload; \
systemctl restart --no-block ${program}.service; fi`;

/**
 * After a change of a file that it reads: the process of a static pod is ended, and the kubelet starts it again; a new
 * kubelet does not hold it back for what was broken before.
 */
export const restartedNow = (program: string): Script =>
  sh`if [ -f /etc/kubernetes/manifests/${program}.yaml ]; then p=$(pidof ${program}) && kill $p || true; \
systemctl restart kubelet; else systemctl restart --no-block ${program}.service; fi`;

/** What a component said of late, wherever its log is. */
export const logOf = (program: string, lines = 200): Script =>
  sh`{ journalctl -q --no-pager -o cat -u ${program}.service -n ${lines} 2>/dev/null; \
tail -q -n ${lines} /var/log/pods/kube-system_${program}-*/${program}/*.log 2>/dev/null; }`;

export const kubectl = sh`kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=10s`;

/**
 * A certificate for the key that is there, signed by the CA whose key lies at `caKey`. `extensions`: lines of an
 * openssl extension file.
 */
export const signed = (o: {
  readonly cert: string;
  readonly key: string;
  readonly subject: string;
  readonly ca: string;
  readonly caKey: string;
  readonly extensions: readonly Word[];
  readonly days?: number;
}): Script => sh`x=$(mktemp)
printf '%s\\n' ${o.extensions} > "$x"
openssl req -new -key ${o.key} -subj ${o.subject} | \
openssl x509 -req -CA ${o.ca} -CAkey ${o.caKey} -set_serial "0x$(openssl rand -hex 8)" -days ${o.days ?? 365} \
-extfile "$x" -out ${`${o.cert}.new`} 2>/dev/null
cat ${`${o.cert}.new`} > ${o.cert}; rm -f "$x" ${`${o.cert}.new`}`;

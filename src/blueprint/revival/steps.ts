/** What each step of a revival runs on its host. */
import type { Host } from '../../model/cluster.js';
import { apiserverPort } from '../../model/components.js';
import { raw, type Script, scripts, sh } from '../../shell/sh.js';
import { readyz } from '../components/apiserver.js';
import { etcdctl } from '../components/etcd.js';
import { adminConf, bin, heldDropIns } from '../render/paths.js';

const controllers = ['kube-controller-manager', 'kube-scheduler'];

/** Prints what is not held yet. */
export const isHeld: Script = sh`for unit in ${controllers}; do
  [ -e /etc/systemd/system/$unit.service.d/kw-held.conf ] || { echo "$unit may start"; continue; }
  case $(systemctl show -p ActiveState "$unit.service") in *=inactive|*=failed) ;; *) echo "$unit runs";; esac
done`;

/**
 * A condition and not only a stop: the timer that renews this host's certificates restarts them, and so does a boot.
 * The condition is the drop-in itself, so that whoever takes it away needs nothing else.
 */
export const hold: Script = sh`for unit in ${controllers}; do
  folder=/etc/systemd/system/$unit.service.d
  mkdir -p "$folder" && printf '[Unit]\\nConditionPathExists=!%s\\n' "$folder/kw-held.conf" >"$folder/kw-held.part" && \
mv -f "$folder/kw-held.part" "$folder/kw-held.conf" || exit 1
done
systemctl daemon-reload
for unit in ${controllers}; do
  timeout 20 systemctl stop "$unit.service" || { systemctl kill -s KILL "$unit.service"; \
systemctl stop "$unit.service"; } || exit 1
  systemctl reset-failed "$unit.service" 2>/dev/null || :
done`;

/** Prints what still holds them. */
export const stillHeld: Script = sh`ls -d ${heldDropIns} 2>/dev/null; true`;

export const letGo: Script = sh`rm -f ${heldDropIns} || exit 1
for unit in ${controllers}; do rmdir /etc/systemd/system/$unit.service.d 2>/dev/null || :; done
systemctl daemon-reload`;

/** A read through the quorum. */
export const etcdAnswers = (host: Host): Script =>
  sh`( ${raw(etcdctl({ host }))} get h >/dev/null 2>&1 ) || echo 'etcd does not answer by way of its quorum'`;

/**
 * What runs reads its new certificate by itself, for its next connection; a while of failures may have made it slow to
 * try. There is no quorum that a restart could cost.
 */
export const wakeEtcd = (host: Host): Script => woken('etcd', sh`${raw(etcdctl({ host }))} get h >/dev/null 2>&1`);

export const apiAnswersHere = ({ address }: Host): Script =>
  sh`( ${raw(readyz(address))}
) || echo 'the API server of this host is not ready'`;

export const wakeApi = ({ address }: Host): Script => woken('kube-apiserver', readyz(address));

/** The file of a CA, and the SHA-256 of what it will be, hex. */
export interface Trust {
  readonly path: string;
  readonly sha256: string;
}

/**
 * CAs are read once: what was started before one was signed anew believes nobody. Prints why; its record goes, so that
 * what the unit reads is held against the time of its start. There is no quorum and no traffic that a restart could
 * cost, and nobody waits for others here: members that wait for each other would wait for ever.
 */
export const believes = (unit: string, trusts: readonly Trust[]): readonly [Script, Script] => {
  const paths = trusts.map(({ path }) => path);
  const coming = trusts.map(
    ({ path, sha256 }) =>
      sh`case $(sha256sum 2>/dev/null <${path}) in ${sha256}*) ;; *) echo ${`${path} is signed anew`} ;; esac`,
  );
  const asks = sh`u=${unit}
old() {
  at=$(systemctl show -p ExecMainStartTimestamp "$u.service")
  at=$(date -d "\${at#*=}" +%s 2>/dev/null) || return 1
  case $(systemctl show -p ActiveState "$u.service") in *=active | *=activating | *=reloading) ;; *) return 1 ;; esac
  for file in ${paths}; do
    [ ! -e "$file" ] || [ "$(stat -c %Y "$file")" -lt "$at" ] || { echo "$u runs since before $file"; return 0; }
  done
  return 1
}`;
  const again = sh`sleep 1
rm -f "/run/kubewizard/started/$u.service"
systemctl reset-failed "$u" 2>/dev/null
systemctl --no-block restart "$u" || exit 1
n=0
while old >/dev/null || ! systemctl is-active -q "$u"; do
  n=$((n + 1))
  [ "$n" -lt 30 ] || break
  sleep 1
done`;
  return [scripts([asks, ...coming, sh`old || :`]), scripts([asks, again], '\n')];
};

/** First patience, then one restart, then patience again. */
const woken = (unit: string, answers: Script): Script => sh`unit=${unit} tries=0
until (
${raw(answers)}
); do
  tries=$((tries + 1))
  [ "$tries" -ne 20 ] || { systemctl reset-failed "$unit" 2>/dev/null; systemctl --no-block restart "$unit"; }
  [ "$tries" -lt 100 ] || { echo "$unit does not answer" >&2; journalctl -u "$unit" -n 5 -o cat >&2; exit 1; }
  sleep 1
done`;

/** A kubelet renews its lease every ten seconds; a node that is left alone for 40 is not Ready any more. */
const leaseSeconds = 40;
/** And it says what it is at its start, then every five minutes. */
const statusSeconds = 900;

const rows =
  '{range .items[*]}{.metadata.name}|{.spec.renewTime}|{.status.conditions[?(@.type=="Ready")].status}|' +
  '{.status.conditions[?(@.type=="Ready")].lastHeartbeatTime}{"\\n"}{end}';

/**
 * All of these nodes report now, and are Ready. What the API remembers proves nothing: a Node that nobody could report
 * for a year still says Ready. Prints who is missing.
 */
export const nodesReport = ({ address }: Host, names: readonly string[]): Script => sh`now=$(date +%s)
at() { date -u -d "@$((now - $1))" +%Y-%m-%dT%H:%M:%S; }
lease=$(at ${leaseSeconds}) status=$(at ${statusSeconds})
seen=$(${bin}/kubectl --kubeconfig ${adminConf} --server https://${address}:${apiserverPort} --request-timeout=10s \
-n kube-node-lease get nodes,leases.coordination.k8s.io -o ${`jsonpath=${rows}`} 2>&1) || \
{ echo "$seen" | tail -n 2; exit 1; }
missing=$(printf '%s\\n' "$seen" | awk -F'|' -v lease="$lease" -v status="$status" \
-v names=${names.join(' ')} '
  $2 != "" && $2 >= lease { reports[$1] = 1 }
  $3 == "True" && $4 >= status { ready[$1] = 1 }
  END { n = split(names, all, " "); for (i = 1; i <= n; i++) if (!(all[i] in reports)) print all[i] " does not report"
    else if (!(all[i] in ready)) print all[i] " reports, and is not Ready" }')
[ -z "$missing" ] || { printf '%s\\n' "$missing" | head -n 20; exit 1; }`;

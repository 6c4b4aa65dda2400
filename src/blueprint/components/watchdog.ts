/** An API server that hangs is alive to systemd: nobody would start it again. */
import { withRole } from '../../model/cluster.js';
import { apiserverPort } from '../../model/components.js';
import type { Resource } from '../../model/resource.js';
import type { HostContext } from '../input.js';
import { bin, pki } from '../render/paths.js';
import { timed } from './timed.js';

/** Six silent questions, one each ten seconds, are a minute; a garbage collection or a slow disk is shorter. */
const secondsAlone = 6;
const restSeconds = 600;

export const watchdog = (context: HostContext): readonly Resource[] =>
  timed(context, {
    name: 'kw-apiserver-watchdog',
    description: 'Watchdog of the Kubernetes API server',
    script: watchdogText(context),
    timer: { OnActiveSec: '1min', OnUnitInactiveSec: '10s', AccuracySec: '1s' },
    stage: 'nodes',
    because: 'an API server that hangs is started again',
  });

/**
 * Any answer is a life, a refusal too; etcd's troubles are left out, since no restart cures them. Where no other API
 * server answers either, the hosts act one after the other, two minutes apart; and none twice in ten minutes.
 */
function watchdogText({ spec, host }: HostContext): string {
  const all = withRole(spec, 'controlPlane');
  const others = all.filter(({ name }) => name !== host.name).map(({ address }) => address);
  const place = all.findIndex(({ name }) => name === host.name);
  return `#!/bin/sh
# Kubewizard: ends the API server of this host when it hangs; systemd starts it again. Written by kw, do not edit.
set -u
folder=/run/kubewizard/watchdog
mkdir -p "$folder"
systemctl is-active -q kube-apiserver.service || { rm -f "$folder/silent"; exit 0; }
lives() {
  if command -v curl >/dev/null; then
    case $(curl -s -m 5 -o /dev/null -w '%{http_code}' --cacert ${pki}/ca.crt \
"https://$1:${apiserverPort}/livez?exclude=etcd") in
      200 | 401 | 403) return 0 ;;
      *) return 1 ;;
    esac
  fi
  ${bin}/kubectl --kubeconfig /dev/null --server "https://$1:${apiserverPort}" --certificate-authority ${pki}/ca.crt \\
    --client-certificate ${pki}/apiserver-kubelet-client.crt --client-key ${pki}/apiserver-kubelet-client.key \\
    --request-timeout=5s get --raw '/livez?exclude=etcd' >/dev/null 2>&1
}
if lives ${host.address}; then rm -f "$folder/silent"; exit 0; fi
silent=$(($(cat "$folder/silent" 2>/dev/null || echo 0) + 1))
echo "$silent" >"$folder/silent"
limit=${secondsAlone + 12 * place}
for other in${others.map(address => ` ${address}`).join('')}; do lives "$other" && { limit=${secondsAlone}; break; }; \
done
[ "$silent" -ge "$limit" ] || exit 0
now=$(cut -d. -f1 /proc/uptime)
last=$(cat "$folder/restarted" 2>/dev/null || echo -${restSeconds})
if [ "$((now - last))" -lt ${restSeconds} ]; then
  echo "the API server of this host is silent again, less than ${restSeconds / 60} minutes after its last restart: \
left as it is"
  exit 0
fi
echo "$now" >"$folder/restarted"
rm -f "$folder/silent"
echo "the API server of this host gave no answer $silent times: it is ended, and systemd starts it again"
# One that hangs would not hear a TERM either.
systemctl kill -s KILL kube-apiserver.service
`;
}

/**
 * Pods read whom they trust once, at their start: those of our own add-ons are started again after the cluster's CA was
 * signed anew, or while it is exchanged. Whether that was done is read off the pods, so that whoever is cut off owes it
 * still.
 */
import { withRole } from '../../model/cluster.js';
import { apiserverPort } from '../../model/components.js';
import { backdatedMs } from '../../pki/life.js';
import { readCertificates } from '../../pki/read.js';
import { idOf, type Resource } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import { type Script, scripts, sh } from '../../shell/sh.js';
import type { Input } from '../input.js';
import { adminConf, bin, pki } from '../render/paths.js';
import { want } from '../wanted.js';

const deployments = '/apis/apps/v1/namespaces/kube-system/deployments/';

/**
 * [] where the CA is as it began, or all trust it since long.
 * @param wanted Everything that is wanted: the add-ons are read off it.
 */
export function freshTrust(input: Input, wanted: readonly Resource[]): readonly Resource[] {
  const { spec, facts } = input;
  const renewed = trustedSince(input);
  const planes = withRole(spec, 'controlPlane').filter(({ name }) => facts.has(name));
  const [host] = planes;
  const addons = wanted.filter(isAddon);
  const names = addons.map(({ key }) => key.slice(deployments.length));
  if (renewed === undefined || !host || names.length === 0 || spec.network.provider === 'none') return [];
  const asks = asking(`https://${host.address}:${apiserverPort}`, names, renewed);
  const controllers = planes.map(({ name }) => `${name}/service/kube-controller-manager.service`);
  return [
    want(
      'command',
      host.name,
      'addons-trust',
      { unless: scripts([asks, sh`older`]), run: scripts([asks, published, startedAgain]), risk: 'none' },
      {
        stage: 'addons',
        because: 'add-ons trust the CA that they have read at their start',
        after: [...controllers, ...addons.map(idOf)],
      },
    ),
  ];
}

/** Pods of before an exchange know nothing of the CA that comes, or that signs by now. */
const trustedSince = ({ renewed, rotating }: Input): string | undefined => {
  const { phase, next, signer } = rotating?.ca ?? {};
  const comes = phase === 'trusting' ? next : phase === 'signing' ? signer : undefined;
  const [authority] = readCertificates(comes ?? '').certificates;
  return authority ? `${new Date(Date.parse(authority.notBefore) + backdatedMs).toISOString().slice(0, 19)}Z` : renewed;
};

const isAddon = ({ kind, key, want: wants }: Resource): boolean =>
  kind === 'object' && key.startsWith(deployments) && !(wants as Wants['object']).absent;

const row =
  '{range .items[*]}{.metadata.name}|{.status.phase}|{.status.startTime}|{.metadata.deletionTimestamp}{"\\n"}{end}';

/** `older` prints the pods that run since before; who cannot be asked is not known to be younger. */
const asking = (server: string, names: readonly string[], since: string): Script => sh`names=${names.join(' ')}
ask() { ${bin}/kubectl --kubeconfig ${adminConf} --server ${server} -n kube-system --request-timeout=20s "$@"; }
older() {
  pods=$(ask get pods -o ${`jsonpath=${row}`} 2>&1) || { echo 'the API does not say which pods there are'; return; }
  printf '%s\\n' "$pods" | awk -F'|' -v since=${since} -v names="$names" '
    BEGIN { n = split(names, all, " ") }
    $2 == "Running" && $4 == "" && $3 < since {
      for (i = 1; i <= n; i++) if (index($1, all[i] "-") == 1) { print $1 " runs since before"; break }
    }'
}`;

/** What pods are given comes from the controller manager, some moments after its start. */
const published: Script = sh`flat() { tr -d '\\r\\n '; }
n=0
until [ "$(ask get configmap kube-root-ca.crt -o ${'jsonpath={.data.ca\\.crt}'} 2>/dev/null | flat)" = \
"$(flat <${`${pki}/ca.crt`})" ]; do
  n=$((n + 1))
  [ "$n" -lt 90 ] || { echo 'kube-root-ca.crt does not have what this host trusts' >&2; exit 1; }
  sleep 1
done
# Whoever is started now is told from whoever was started in the second of the change.
sleep 1`;

const startedAgain: Script = sh`for name in $names; do
  [ -n "$(older | grep -F "$name-")" ] || continue
  ask rollout restart "deployment/$name" || exit 1
done
for name in $names; do
  ask --request-timeout=0 rollout status "deployment/$name" --timeout=150s || exit 1
done`;

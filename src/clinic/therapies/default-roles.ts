/**
 * The default roles of RBAC come back by the API server itself: it knows those of its version, and adds what is missing
 * at its start.
 */
import type { Resource, ResourceId } from '../../model/resource.js';
import type { Wants } from '../../resources/wants.js';
import { quote, raw, type Script, scripts, sh } from '../../shell/sh.js';
import type { Permission, Subject } from '../read/rbac.js';
import { canI, permissionText } from '../read/who.js';

interface Place {
  readonly host: string;
  readonly because: string;
  readonly after?: readonly ResourceId[];
}

/**
 * While the server answers `no` to one of the requests, the API server of `host` is started again (hook
 * rbac/bootstrap-roles adds missing roles, rules, bindings and subjects; it takes nothing away). `who` undefined: the
 * administrator on that host.
 */
export const defaultRoles = (
  who: Subject | undefined,
  permissions: readonly Permission[],
  { host, because, after = [] }: Place,
): Resource<'command', Wants['command']> => ({
  kind: 'command',
  host,
  key: `roles of ${who?.user ?? 'the administrator'} lost`,
  stage: 'addons',
  after,
  because,
  want: {
    risk: 'downtime',
    undo: { cannot: 'the API server has added the default roles that were missing, and they stay' },
    unless: read(who, permissions),
    run: sh`${raw(restart)}${raw(wait(read(who, permissions)))}`,
  },
});

/**
 * Whether the role is whole cannot be asked by a request: whoever is of system:masters is served without it.
 */
export const masterRole = ({ host, because, after = [] }: Place): Resource<'command', Wants['command']> => ({
  kind: 'command',
  host,
  key: 'role cluster-admin lost',
  stage: 'addons',
  after,
  because,
  want: {
    risk: 'downtime',
    undo: { cannot: 'the API server has added the default roles that were missing, and they stay' },
    unless: narrowed,
    run: sh`${raw(restart)}${raw(wait(narrowed))}`,
  },
});

/** Whoever is let in by a role cannot ask what that role is, or be somebody else, while it is gone. */
const conf = sh`f=/etc/kubernetes/super-admin.conf; [ -f "$f" ] || f=/etc/kubernetes/admin.conf; echo "$f"`;
const kubectl = sh`PATH=$PATH:/usr/local/bin:/usr/bin kubectl --kubeconfig="$(${raw(conf)})" --request-timeout=10s`;

const narrowed = sh`case $(${raw(kubectl)} get clusterrole cluster-admin \
-o jsonpath='{.rules[*].verbs} {.rules[*].resources}' 2>/dev/null) in *'*'*' '*'*'*) ;; \
*) echo 'cluster-admin does not allow everything';; esac`;

const read = (who: Subject | undefined, permissions: readonly Permission[]): Script =>
  scripts(
    permissions.map(
      permission =>
        sh`case $(${raw(kubectl)} ${raw(scripts(canI(who, permission).map(quote), ' '))} 2>/dev/null) in
no*) echo ${`may not ${permissionText(permission)}`};; esac`,
    ),
  );

const restart = sh`if systemctl is-active -q kube-apiserver.service; \
then systemctl restart kube-apiserver.service || exit 1
else for p in /proc/[0-9]*; do
  program=$(tr '\\0' '\\n' <"$p/cmdline" 2>/dev/null | head -n 1)
  [ "\${program##*/}" != kube-apiserver ] || kill -TERM "\${p#/proc/}"
done; fi
`;

const wait = (question: Script): Script => sh`sleep 2
n=0; until ${raw(kubectl)} get --raw /readyz >/dev/null 2>&1 && [ -z "$(${raw(question)})" ]; do
  n=$((n+1)); [ "$n" -lt 60 ] || {
    echo 'the API server did not bring its default roles back within two minutes' >&2; exit 1; }
  sleep 2
done`;

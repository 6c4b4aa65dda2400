/** Scripts that speak to etcd by its JSON gateway: every host has curl, few have etcdctl. */
import { type Script, sh } from '../../shell/sh.js';

/** Defines `ask URL PATH BODY [SECONDS]`, with the credentials that lie there for health checks. */
export const askEtcd: Script = sh`pki=/etc/kubernetes/pki/etcd; c=healthcheck-client; [ -f "$pki/$c.crt" ] || c=server
ask() { curl -sS -m "\${4:-10}" --cacert "$pki/ca.crt" --cert "$pki/$c.crt" --key "$pki/$c.key" -X POST \
-d "$3" "$1/v3/$2" 2>&1; }`;

/** Fails unless the members behind `url` have a quorum: such a read goes through it. `h` is not a key of Kubernetes. */
export const quorumBehind = (url: string): Script =>
  sh`case $(ask ${url} kv/range '{"key":"aA=="}') in *'"header"'*) ;;
*) echo ${`the etcd members behind ${url} have no quorum: nothing was touched`} >&2; exit 1;; esac`;

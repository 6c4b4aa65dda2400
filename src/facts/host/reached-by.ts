/** Which endpoints of the API a host serves, and which it uses, by the files that Kubewizard wrote there. */
import type { Built, Carried } from '../../model/host-facts.js';
import { parseIPv4 } from '../../net/address.js';
import { formatEndpoint, parseEndpoint, parsePort } from '../../net/endpoint.js';
import { sh } from '../../shell/sh.js';

export const reachScript = sh`
  [ ! -e /etc/kubernetes/haproxy/haproxy.cfg ] || \
sed -n 's/^  bind \\([*0-9.]*:[0-9]*\\)$/binds=\\1/p' /etc/kubernetes/haproxy/haproxy.cfg
  [ ! -e /etc/kubernetes/keepalived/keepalived.conf ] || \
sed -n 's/^vrrp_instance \\([a-z0-9_]*\\) {$/carry=name \\1/p; s/^  virtual_router_id \\([0-9]*\\)$/carry=id \\1/p
s#^    \\([0-9.]*\\)/32 dev .*#carry=at \\1#p' /etc/kubernetes/keepalived/keepalived.conf
  for part in haproxy/haproxy.cfg keepalived/keepalived.conf; do
    started=/run/kubewizard/started/kw-\${part%%/*}.service
    [ ! -e "$started" ] || grep -Fqs "$(stat -L --printf='%n=%i:%s:%.Y|' "/etc/kubernetes/$part")" "$started" || \
echo "behind-\${part%%/*}=yes"
  done
  for file in /etc/kubernetes/admin.conf /etc/kubernetes/kubelet.conf /var/lib/kube-proxy/kubeconfig.conf; do
    [ ! -e "$file" ] || sed -n 's#^ *server: *"\\{0,1\\}https://\\([^" ]*\\)"\\{0,1\\}$#asks=\\1#p' "$file"
  done`;

export function reachIn(output: string): Pick<Built, 'binds' | 'carries' | 'behind' | 'asks'> {
  const binds = all(output, /^binds=(.*)$/gm).flatMap(text => {
    const [, at = '', port = ''] = /^(\*|127\.[0-9.]+):(\d+)$/.exec(text) ?? [];
    return parsePort(port) === undefined ? [] : [`${at}:${port}`];
  });
  const asks = all(output, /^asks=(.*)$/gm).flatMap(text => {
    const endpoint = parseEndpoint(text);
    return endpoint ? [formatEndpoint(endpoint)] : [];
  });
  const behind = (['haproxy', 'keepalived'] as const).filter(part => all(output, /^behind-(.*)=yes$/gm).includes(part));
  const carries = carriedIn(all(output, /^carry=(.*)$/gm));
  return {
    ...(binds.length > 0 ? { binds: [...new Set(binds)] } : {}),
    ...(carries.length > 0 ? { carries } : {}),
    ...(behind.length > 0 ? { behind } : {}),
    ...(asks.length > 0 ? { asks: [...new Set(asks)] } : {}),
  };
}

const all = (output: string, line: RegExp): readonly string[] =>
  [...output.matchAll(line)].map(([, text = '']) => text);

/** In the order of the file: a name, its id, its address. */
function carriedIn(lines: readonly string[]): readonly Carried[] {
  const found: Carried[] = [];
  let [instance, id] = ['', 0];
  for (const line of lines) {
    const [what, value = ''] = line.split(' ');
    if (what === 'name') [instance, id] = [/^[a-z0-9_]{1,60}$/.test(value) ? value : '', 0];
    else if (what === 'id') id = Number(value);
    else if (instance !== '' && id > 0 && id < 256 && parseIPv4(value)) found.push({ address: value, id, instance });
  }
  return found;
}

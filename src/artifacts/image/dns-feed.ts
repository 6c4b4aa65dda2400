/**
 * The DNS pod's program: keeps dnsmasq's records equal to the API's services and endpoints.
 * Each watch begins with what exists, so a change between list and watch cannot be lost, and nothing needs a resource
 * version; the API server ends a watch after five minutes, which makes the whole a resync as well.
 */
export const dnsFeed = String.raw`#!/bin/sh
# Environment: DOMAIN and PORT (the image says cluster.local and 53); API and CREDENTIALS replace the pod's own, for tests.
domain=$DOMAIN
port=$PORT
case "$KUBERNETES_SERVICE_HOST" in *:*) host="[$KUBERNETES_SERVICE_HOST]" ;; *) host=$KUBERNETES_SERVICE_HOST ;; esac
[ "$API" ] || API=https://$host:$KUBERNETES_SERVICE_PORT
[ "$CREDENTIALS" ] || CREDENTIALS=/var/run/secrets/kubernetes.io/serviceaccount
state=/run/kw-dns
mkdir -p $state/hosts.d
say() { echo "kw-dns: $*" >&2; }

ask() { # NAME PATH SECONDS: one request with the pod's token, which kubelet renews in its file, and which argv must not show
  { printf 'Authorization: Bearer '; cat "$CREDENTIALS/token"; } > "$state/header.$1"
  curl -sS -f -N --cacert "$CREDENTIALS/ca.crt" -H "@$state/header.$1" --connect-timeout 5 --max-time "$3" "$API$2"
}

records='
  def zone: "\(.metadata.name).\(.metadata.namespace).svc.\($domain)";
  def addresses: [(.spec.clusterIPs // [.spec.clusterIP // empty])[] | select(. != "" and . != "None")];
  def headless: .spec.clusterIP == "None";
  def hostname: .hostname // (.ip | gsub("[.:]"; "-"));
  def srv($zone; $target): select((.name // "") != "") | "srv-host=_\(.name)._\(.protocol // "TCP" | ascii_downcase).\($zone),\($target),\(.port),0,100";
  ($services[0].items // []) as $all
  | ([$all[] | select(headless) | {key: zone, value: true}] | from_entries) as $headless
  | ( $all[] | zone as $zone | addresses as $ips
      | ($ips[] | "host \(.) \($zone)"),
        (select($ips != []) | .spec.ports[]? | "conf " + srv($zone; $zone)),
        (select(.spec.type == "ExternalName" and (.spec.externalName | rtrimstr(".") | endswith("." + $domain)))
          | "conf cname=\($zone),\(.spec.externalName | rtrimstr("."))") ),
    ( ($endpoints[0].items // [])[] | zone as $zone | select($headless[$zone]) | .subsets[]? | .ports as $ports | .addresses[]?
      | hostname as $name
      | "host \(.ip) \($name).\($zone)", "host \(.ip) \($zone)",
        ($ports[]? | "conf " + srv($zone; "\($name).\($zone)")) )'

feed() { # lists both, and tells dnsmasq what is new
  ask list /api/v1/services 30 > $state/services.json && ask list /api/v1/endpoints 30 > $state/endpoints.json || return 1
  jq -nr --arg domain "$domain" --slurpfile services $state/services.json --slurpfile endpoints $state/endpoints.json "$records" > $state/records || return 1
  awk '$1 == "host" && !seen[$0]++ { print $2, $3 }' $state/records > $state/hosts.new
  { echo "txt-record=dns-version.$domain,1.1.0"; awk '$1 == "conf" && !seen[$0]++ { print $2 }' $state/records; } > $state/conf.new
  hosts=same; conf=same
  cmp -s $state/hosts.new $state/hosts.d/hosts || { mv $state/hosts.new $state/hosts.d/hosts; hosts=new; }
  cmp -s $state/conf.new $state/conf || { mv $state/conf.new $state/conf; conf=new; }
}

serve() {
  # A resolver on loopback in the node's file is this pod itself.
  awk '$1 == "nameserver" && $2 !~ /^127\./ && $2 != "::1"' /etc/resolv.conf > $state/upstream 2>/dev/null
  dnsmasq --keep-in-foreground --conf-file=$state/conf --user=root --group=root --port="$port" --pid-file= --log-facility=- \
    --no-hosts --addn-hosts=$state/hosts.d/hosts --resolv-file=$state/upstream --no-poll \
    --local="/$domain/" --local-ttl=5 --neg-ttl=5 --cache-size=10000 --dns-forward-max=1000 --dns-loop-detect --edns-packet-max=1232 &
  served=$!
}

watch() { # KIND: one line into the pipe for every change, for ever
  while :; do
    ask "$1" "/api/v1/$1?watch=true&timeoutSeconds=300" 330 | awk -v pipe=$state/changes '{ print "x" > pipe; fflush(pipe) }'
    sleep 1
  done
}

rm -f $state/changes
mkfifo $state/changes
exec 3<>$state/changes
until feed; do say 'the API server does not answer yet'; sleep 1; done
serve
say "serving $domain on port $port"
watch services & watchers=$!
watch endpoints & watchers="$watchers $!"
trap 'kill $served $watchers 2>/dev/null; exit 0' TERM INT

# A fork lets the shell notice which child has ended; without one a dead dnsmasq would stay a living zombie.
while cat /dev/null && kill -0 $served 2>/dev/null; do
  read -r -t 10 change <&3 || continue
  # Changes come in swarms: gather what comes together, but do not wait for an end of it.
  sleep 0.3
  gathered=0
  while [ $gathered -lt 1000 ] && read -r -t 0.01 change <&3; do gathered=$((gathered + 1)); done
  until feed; do say 'the API server does not answer; serving what was known'; sleep 1; kill -0 $served 2>/dev/null || exit 1; done
  if [ $conf = new ]; then
    # dnsmasq reads SRV records only when it starts.
    kill $served; wait $served; serve
  elif [ $hosts = new ]; then
    kill -HUP $served
  fi
done
say 'dnsmasq has ended'
kill $watchers 2>/dev/null
exit 1
`;

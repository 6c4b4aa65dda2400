/**
 * kube-proxy is given a configuration file, and then takes no notice of a flag that is a field of it (only of those for
 * logs, cleaning up and the like). Flag → field.
 */
const fields: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'bind-address': 'bindAddress',
    'bind-address-hard-fail': 'bindAddressHardFail',
    'cluster-cidr': 'clusterCIDR',
    'config-sync-period': 'configSyncPeriod',
    'conntrack-max-per-core': 'conntrack.maxPerCore',
    'conntrack-min': 'conntrack.min',
    'conntrack-tcp-be-liberal': 'conntrack.tcpBeLiberal',
    'conntrack-tcp-timeout-close-wait': 'conntrack.tcpCloseWaitTimeout',
    'conntrack-tcp-timeout-established': 'conntrack.tcpEstablishedTimeout',
    'conntrack-udp-timeout': 'conntrack.udpTimeout',
    'conntrack-udp-timeout-stream': 'conntrack.udpStreamTimeout',
    'detect-local-mode': 'detectLocalMode',
    'pod-bridge-interface': 'detectLocal.bridgeInterface',
    'pod-interface-name-prefix': 'detectLocal.interfaceNamePrefix',
    'feature-gates': 'featureGates',
    'healthz-bind-address': 'healthzBindAddress',
    'metrics-bind-address': 'metricsBindAddress',
    'healthz-port': 'healthzBindAddress',
    'metrics-port': 'metricsBindAddress',
    'iptables-localhost-nodeports': 'iptables.localhostNodePorts',
    'iptables-masquerade-bit': 'iptables.masqueradeBit',
    'masquerade-all': 'iptables.masqueradeAll',
    'iptables-min-sync-period': 'iptables.minSyncPeriod',
    'iptables-sync-period': 'iptables.syncPeriod',
    'ipvs-exclude-cidrs': 'ipvs.excludeCIDRs',
    'ipvs-min-sync-period': 'ipvs.minSyncPeriod',
    'ipvs-scheduler': 'ipvs.scheduler',
    'ipvs-strict-arp': 'ipvs.strictARP',
    'ipvs-sync-period': 'ipvs.syncPeriod',
    'ipvs-tcp-timeout': 'ipvs.tcpTimeout',
    'ipvs-tcpfin-timeout': 'ipvs.tcpFinTimeout',
    'ipvs-udp-timeout': 'ipvs.udpTimeout',
    'kube-api-burst': 'clientConnection.burst',
    'kube-api-content-type': 'clientConnection.contentType',
    'kube-api-qps': 'clientConnection.qps',
    kubeconfig: 'clientConnection.kubeconfig',
    'nodeport-addresses': 'nodePortAddresses',
    'oom-score-adj': 'oomScoreAdj',
    profiling: 'enableProfiling',
    'proxy-mode': 'mode',
    'proxy-port-range': 'portRange',
    'show-hidden-metrics-for-version': 'showHiddenMetricsForVersion',
    'udp-timeout': 'udpIdleTimeout',
  }),
);

/** The field to write instead; undefined: the flag has its effect also beside a file. */
export const proxyFieldOf = (flag: string): string | undefined => fields.get(flag);

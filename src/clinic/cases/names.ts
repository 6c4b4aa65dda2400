/**
 * Other names of cases: those of the field and of the first list of them. A person types what they have read somewhere.
 */

export const otherNames: Readonly<Record<string, string>> = {
  'leaf-cert-expired': 'leaf-certificate-expired',
  'renewed-but-not-reloaded': 'leaf-certificate-expired/not-reloaded',
  'kubelet-client-cert-expired': 'kubelet-client-certificate-expired',
  'coredns-loop': 'dns-loop',
  'ns-terminating-apiservice': 'namespace-terminating-apiservice',
  'cp-ip-changed': 'control-plane-ip-changed',
  'proxy-env': 'proxy-environment',
  'sa-key-mismatch': 'service-account-key-mismatch',
  'clusterdns-missing': 'cluster-dns-missing',
  'kubelet-serving-csr': 'kubelet-certificate-not-trusted',
  'kubelet-cert-no-ip-san': 'kubelet-certificate-not-trusted',
  'ca-rotated-half': 'client-and-server-disagree-on-ca',
  'kubeproxy-stale-endpoint': 'control-plane-ip-changed',
  'super-admin': 'forbidden-for-user/administrator',
  'in-tree-cloud-removed': 'cloud-provider-wrong/gone',
};

/** `alias`, `alias/variant`, or the word itself. */
export const properName = (word: string): string => {
  const [first = '', ...rest] = word.split('/');
  const name = otherNames[first];
  return name === undefined ? word : rest.length === 0 ? name : [name.split('/')[0], ...rest].join('/');
};

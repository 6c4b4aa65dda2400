import { defineFault, firstControlPlane } from '../fault.js';
import { type Script, sh } from '../../../shell/sh.js';

const pki = '/etc/kubernetes/pki';

/**
 * A certificate of yesterday, with the names and for the key of the one that is there, signed by the cluster's own CA.
 */
const outdated = (name: string, ca: string): Script => sh`set -e
d=$(mktemp -d); cd "$d"
openssl x509 -in ${pki}/${name}.crt -x509toreq -signkey ${pki}/${name}.key \
-copy_extensions copyall -out r.csr 2>/dev/null
touch index.txt; echo 01 > serial
printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=%s/index.txt\\nserial=%s/serial\\nnew_certs_dir=%s\\ndefault_md=sha256\\npolicy=p\\ncopy_extensions=copy\\nunique_subject=no\\n[p]\\nCN=supplied\\nO=optional\\n' "$d" "$d" "$d" > ca.cnf
openssl ca -batch -config ca.cnf -cert ${pki}/${ca}.crt -keyfile ${pki}/${ca}.key -in r.csr -out new.crt \
-startdate 20200101000000Z -enddate 20210101000000Z -notext 2>/dev/null
cat new.crt > ${pki}/${name}.crt
rm -rf "$d"`;

export default defineFault({
  case: 'leaf-certificate-expired',
  variants: {
    file: {
      on: firstControlPlane,
      break: outdated('apiserver', 'ca'),
      // The API server reads its serving certificate again within a minute.
      symptom: {
        script: sh`curl -sS --cacert /etc/kubernetes/pki/ca.crt https://127.0.0.1:6443/readyz`,
        expect: /certificate has expired/,
        seconds: 90,
      },
    },
  },
  notes: 'kubeconfig and not-reloaded are covered by fixtures: they are the same predicate on other evidence.',
});

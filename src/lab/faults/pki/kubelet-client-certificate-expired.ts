import { defineFault, firstControlPlane } from '../fault.js';
import { sh } from '../../../shell/sh.js';

const ca = '/etc/kubernetes/pki/ca';
const conf = '/etc/kubernetes/kubelet.conf';

export default defineFault({
  case: 'kubelet-client-certificate-expired',
  variants: {
    // A control plane, because the CA's key lies only there.
    expired: {
      on: firstControlPlane,
      break: (_, host) => sh`set -e
d=$(mktemp -d); cd "$d"; umask 077
openssl req -new -newkey rsa:2048 -nodes -subj ${`/O=system:nodes/CN=system:node:${host}`} \
-keyout k.pem -out r.csr 2>/dev/null
touch index.txt; echo 01 > serial
printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=%s/index.txt\\nserial=%s/serial\\nnew_certs_dir=%s\\ndefault_md=sha256\\npolicy=p\\nx509_extensions=e\\n[p]\\nO=supplied\\nCN=supplied\\n[e]\\nextendedKeyUsage=clientAuth\\n' "$d" "$d" "$d" > ca.cnf
openssl ca -batch -config ca.cnf -cert ${ca}.crt -keyfile ${ca}.key -in r.csr -out c.pem -startdate 20200101000000Z \
-enddate 20210101000000Z -notext 2>/dev/null
c=$(base64 -w0 c.pem); k=$(base64 -w0 k.pem)
sed -i -e "s#client-certificate\\(-data\\)\\{0,1\\}:.*#client-certificate-data: $c#" \
-e "s#client-key\\(-data\\)\\{0,1\\}:.*#client-key-data: $k#" ${conf}
cd /; rm -rf "$d"; rm -f /var/lib/kubelet/pki/kubelet-client-*.pem
systemctl restart --no-block kubelet.service`,
      symptom: {
        script: sh`journalctl -q --no-pager -o cat -u kubelet.service -n 300`,
        expect: /certificate is expired|certificate has expired|Unauthorized/,
        seconds: 90,
      },
    },
  },
  notes: 'embedded-stale: a second predicate on the same evidence; fixtures cover it.',
});

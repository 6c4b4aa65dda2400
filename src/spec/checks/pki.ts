/** Certificates. */
import { mistake, type Check } from '../finding.js';
import { isAddressOrName } from '../names.js';

export const checkPki: Check = ({ spec: { pki }, written }) => [
  ...pki.sans.flatMap((san, i) =>
    isAddressOrName(san.replace(/^\*\./, ''))
      ? []
      : [mistake('bad-address', ['pki', 'sans', i], `'${san}' is neither an address nor a name`)],
  ),
  ...(pki.leafDays > pki.caDays
    ? [
        mistake(
          'leaf-outlives-ca',
          ['pki', written.pki?.leafDays === undefined ? 'caDays' : 'leafDays'],
          `certificates of ${pki.leafDays} days outlive their CA of ${pki.caDays}`,
          'a certificate is worth nothing after its CA',
        ),
      ]
    : []),
];

/** Certificates and artifacts. */
import { mistake, type Check } from '../finding.js';
import { isAddressOrName } from '../names.js';

export const checkRest: Check = ({ spec: { pki, artifacts }, written }) => [
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
  ...(artifacts.source === 'mirror' && !artifacts.mirror
    ? [
        mistake(
          'mirror-missing',
          ['artifacts'],
          'the source is a mirror, and nothing says which',
          'artifacts.mirror: a URL or a folder',
        ),
      ]
    : []),
  ...(artifacts.mirror && artifacts.source !== 'mirror'
    ? [
        mistake(
          'mirror-unused',
          ['artifacts', 'mirror'],
          `a mirror is named, but the source is ${artifacts.source}`,
          'source: mirror',
        ),
      ]
    : []),
  ...(artifacts.mirror && /^[a-z]+:\/\//i.test(artifacts.mirror) && !/^(https?|file):\/\/./i.test(artifacts.mirror)
    ? [mistake('bad-mirror', ['artifacts', 'mirror'], `'${artifacts.mirror}' is neither an HTTP URL nor a folder`)]
    : []),
];

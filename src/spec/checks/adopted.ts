/** The mark of a file that `kw adopt` wrote: without a CA in it nobody could tell whose its hosts are. */
import { mistake, type Check } from '../finding.js';

export const checkAdopted: Check = ({ spec: { adopted } }) =>
  adopted === undefined || /^[0-9a-f]{64}$/.test(adopted.ca)
    ? []
    : [
        mistake(
          'bad-ca',
          ['adopted', 'ca'],
          `'${adopted.ca}' is not the SHA-256 of a CA`,
          'kw adopt writes it: 64 digits and letters a to f',
        ),
      ];

/** What a cloud, or an issuer of certificates out there, refuses to the account that asks. */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

export const clouds: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'cloud-quota',
    text: pattern(
      /Quota '[\w-]+' exceeded|Quota\w* exceeded for|quotaExceeded|QuotaExceeded/im,
      /|(?<!Backoff)LimitExceeded(?:Exception)?\b/im,
      /|RequestLimitExceeded|Insufficient(?:Instance|Host|Reserved)?Capacity\b|resource_limit_exceeded/im,
      /|ZONE_RESOURCE_POOL_EXHAUSTED|SkuNotAvailable|OverQuota|exceeding approved .{0,60}quota|over quota\b/im,
      // Whoever has quotas by region is a cloud; those of a namespace are called "exceeded quota".
      /|insufficient (?:\w+ )?(?:regional |zonal |project )?quota\b|\b(?:regional|zonal) quota\b/im,
      /|hits? the \w+ (?:\w+ )?quota\b/im,
      /|\b(?:load ?balancer|public ip|instance|server|snapshot)s? (?:limit|quota) (?:was |is )?(?:exceeded|reached)/im,
    ),
    why: 'the cloud gives this account no more of it, or not so fast',
    todo: 'ask the cloud for a higher quota, or use less',
  },
  {
    kind: 'not-ours',
    id: 'cloud-iam',
    but: /could not init cloud provider/,
    text: pattern(
      /Required ["'][\w.]+["'] permission|UnauthorizedOperation|is not authorized to perform this operation/im,
      /|not authorized to perform:? \w+:\w+|AccessDenied(?:Exception)?\b|WebIdentityErr/im,
      /|(?:Linked)?AuthorizationFailed|does not have (?:authorization|permission) to perform action/im,
      /|googleapi: Error 40[13]|insufficientPermissions|(?:autorest|azidentity)\S* .{0,200}\b40[13]\b/im,
      /|Identity not found|adal: Refresh request failed|BearerAuthorizer#WithAuthorization|AADSTS\d{4,}/im,
      /|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken(?:Exception)?\b|UnrecognizedClient(?:Exception)?\b/im,
      /|NoCredentialProviders|could not find default credentials|no EC2 IMDS role found|oauth2: cannot fetch token/im,
      /|ManagedIdentityCredential|DefaultAzureCredential|AssumeRoleWithWebIdentity|No OpenIDConnect provider/im,
      /|(?:StatusCode[=:]|status code:) ?40[13]\b.{0,200}(?:RequestID|request id)/im,
      /|api error (?:AccessDenied|Unauthori[sz]ed)\w*/im,
      // Google's, Alibaba's and Oracle's own forms.
      /|"status": ?"PERMISSION_DENIED"|IAM_PERMISSION_DENIED|\bPermission '[\w.]+' denied on\b/im,
      /|\.iam\.gserviceaccount\.com\b.{0,300}(?:denied|\b403\b|does not have)/im,
      /|Forbidden\.RAM|NotAuthorizedOrNotFound|sts:AssumeRole\w*\b.{0,100}denied/im,
      /|Permission to perform this operation was denied|NoPermission\b|policy does(?: not|n't) allow \S+:\S+ to be/im,
    ),
    why: 'the cloud’s own access rights refuse it, not the cluster’s',
    todo: 'give the cloud account the right that the line names',
  },
  {
    kind: 'not-ours',
    id: 'certificate-issuer',
    text: pattern(
      /urn:(?:ietf:params:)?acme:error|acme: error|\bacme\b.{0,200}(?:rateLimited|unauthorized|invalid response)/im,
      /|propagation check failed|too many (?:certificates|failed authorizations)|self check GET request/im,
      /|wrong status code '\d+', expected '200'|Error presenting challenge|order is in "errored" state/im,
      /|DNS problem: |\b_acme-challenge\.\S{3}/im,
      /|Timeout during connect \(likely firewall|CAA record|letsencrypt\.org\/docs\/rate-limits/im,
    ),
    why: 'the issuer of certificates refuses, or does not find what it was to find under this name',
    todo: 'look at the name’s DNS record and at what answers at http://NAME/.well-known/acme-challenge; its limits',
  },
  {
    kind: 'not-ours',
    id: 'cloud-answer',
    // The client libraries of clouds write an answer of their own form: a status and the id of the request.
    text: pattern(
      /StatusCode[=:] ?4\d\d\b.{0,300}(?:Original Error|RequestID|Code=)/im,
      /|Failed to ensure load balancer|error (?:creating|getting) (?:load balancer|LB)\b/im,
      /|status code: 4\d\d, request id:|googleapi: Error 4\d\d|https response error StatusCode: 4\d\d/im,
      /|\bAn error occurred \(\w+\) when calling the \w+ operation|\bNoSuch(?:Key|Bucket|Entity)\b/im,
      /|\b(?:Invalid|Missing)\w{3,40}\.(?:NotFound|Malformed)\b|\b(?:autorest|adal)[/:#]/im,
    ),
    why: 'the cloud does not take this request as it is asked',
    todo: 'look up the code that the line names in the manual of that cloud, and the name or id that was sent',
  },
];

/** One value per request, whatever the order of its parameters: ties a marker to the very request it was made for. */
import { base64url, sha256 } from '../../../base/bytes.ts'
import { canonicalJson } from '../../../base/json.ts'
import type { Parameters } from '../read-parameters.ts'

/** Our own markers are no part of the request. */
const isMarker = (name: string): boolean => name.startsWith('gatehouse_')

export const fingerprint = (parameters: Parameters): string =>
  base64url(sha256(canonicalJson(Object.fromEntries([...parameters].filter(([name]) => !isMarker(name))))))

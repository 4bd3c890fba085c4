/**
 * How strongly the client would like the person signed in (OpenID Connect Core §3.1.2.1 `acr_values`, §5.5.1.1). It is a
 * wish, unless `claims` asks for the ID token's `acr` as essential. Of `claims` nothing else is read.
 */
import { ok, type Result } from '../../../base/result.ts'
import { type OAuthError, oauthFail } from '../errors.ts'
import type { RedirectSafe } from './request.ts'

export type AcrWish = {
  /** Best first; empty where it is all the same. */
  readonly values: readonly string[]
  readonly essential: boolean
}

export const checkAcr = ({ parameters }: RedirectSafe): Result<AcrWish, OAuthError> => {
  const claims = readClaims(parameters.get('claims'))
  if (claims === 'malformed') return oauthFail('invalid_request', 'The claims parameter is not a JSON object.')
  const acr = member(member(claims, 'id_token'), 'acr')
  const values = valuesOf(acr)
  if (values === 'malformed') return oauthFail('invalid_request', 'The acr that claims asks for is not a string.')
  if (values.length > 0) return ok({ values, essential: member(acr, 'essential') === true })
  return ok({ values: words(parameters.get('acr_values') ?? ''), essential: false })
}

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')

const readClaims = (text: string | undefined): unknown => {
  if (text === undefined) return {}
  try {
    const claims: unknown = JSON.parse(text)
    return isObject(claims) ? claims : 'malformed'
  } catch {
    return 'malformed'
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const member = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

/** A demand that cannot be read must not pass for none. */
const valuesOf = (acr: unknown): string[] | 'malformed' => {
  const [value, values] = [member(acr, 'value'), member(acr, 'values')]
  if (value === undefined && values === undefined) return []
  const given: unknown = value === undefined ? values : [value]
  if (!Array.isArray(given)) return 'malformed'
  return given.every((one): one is string => typeof one === 'string') ? given : 'malformed'
}

/**
 * What a browser hands back (`RegistrationResponseJSON`, `AuthenticationResponseJSON`, Level 3 §5.1.8): one JSON text in a
 * form's field. Every binary member is canonical base64url; what we do not know is left out, and nothing is huge (E10).
 */
import { fromBase64url } from '../../base/bytes.ts'
import { ok } from '../../base/result.ts'
import { parse, Type } from '../../base/schema.ts'
import { fault, type Judged } from './fault.ts'

// A credential id of 1,023 bytes, an RSA key of 4,096 bits and a chain of certificates fit in well.
const LONGEST = 32_768
const LONGEST_ID = Math.ceil((1023 * 4) / 3)
/** §6.5.4: an id has at most 1,023 bytes. Less than 16 cannot be unguessable. */
const Id = Type.String({ minLength: 22, maxLength: LONGEST_ID })
const Bytes = Type.String({ minLength: 1, maxLength: LONGEST })

const Registration = Type.Object({
  id: Id,
  rawId: Id,
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: Bytes,
    attestationObject: Bytes,
    transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 })),
  }),
  clientExtensionResults: Type.Optional(
    Type.Object({ credProps: Type.Optional(Type.Object({ rk: Type.Optional(Type.Boolean()) })) }),
  ),
})

const Assertion = Type.Object({
  id: Id,
  rawId: Id,
  type: Type.Literal('public-key'),
  response: Type.Object({
    clientDataJSON: Bytes,
    authenticatorData: Bytes,
    signature: Bytes,
    userHandle: Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength: 88 })])),
  }),
})

export type RegistrationResponse = {
  readonly id: string
  readonly clientData: Uint8Array
  readonly attestationObject: Uint8Array
  readonly transports: readonly string[]
  /** Whether it can be found without a name; null where the browser does not say. */
  readonly discoverable: boolean | null
}

export type AssertionResponse = {
  readonly id: string
  readonly clientData: Uint8Array
  readonly authenticatorData: Uint8Array
  readonly signature: Uint8Array
  readonly userHandle: string | null
}

/** §5.8.4; a browser may know others, which are of no use to another browser. */
const TRANSPORTS: ReadonlySet<string> = new Set(['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal'])

export const readRegistration = (text: string): Judged<RegistrationResponse> => {
  const parsed = parse(Registration, jsonOf(text))
  if (!parsed.ok) return fault('malformed', parsed.error[0]?.path)
  const { id, rawId, response, clientExtensionResults } = parsed.value
  const clientData = fromBase64url(response.clientDataJSON)
  const attestationObject = fromBase64url(response.attestationObject)
  if (!isId(id, rawId) || !clientData || !attestationObject) return fault('malformed', 'base64url')
  return ok({
    id,
    clientData,
    attestationObject,
    transports: [...new Set(response.transports ?? [])].filter((one) => TRANSPORTS.has(one)),
    discoverable: clientExtensionResults?.credProps?.rk ?? null,
  })
}

export const readAssertion = (text: string): Judged<AssertionResponse> => {
  const parsed = parse(Assertion, jsonOf(text))
  if (!parsed.ok) return fault('malformed', parsed.error[0]?.path)
  const { id, rawId, response } = parsed.value
  const clientData = fromBase64url(response.clientDataJSON)
  const authenticatorData = fromBase64url(response.authenticatorData)
  const signature = fromBase64url(response.signature)
  // Some browsers send an empty text where there is none.
  const userHandle = response.userHandle || null
  if (userHandle !== null && !fromBase64url(userHandle)) return fault('malformed', 'userHandle')
  if (!isId(id, rawId) || !clientData || !authenticatorData || !signature) return fault('malformed', 'base64url')
  return ok({ id, clientData, authenticatorData, signature, userHandle })
}

const isId = (id: string, rawId: string): boolean => id === rawId && (fromBase64url(id)?.length ?? 1024) <= 1023

const jsonOf = (text: string): unknown => {
  if (text.length > LONGEST) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
